import eslint from '@eslint/js'
import vitest from '@vitest/eslint-plugin'
import tsdoc from 'eslint-plugin-tsdoc'
import tseslint from 'typescript-eslint'

/** What every file is held to: sizes that keep one concept in a file, and strict types. */
const houseRules = {
  'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
  'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }],
  'max-params': ['error', 3],
  'no-console': 'error',
  eqeqeq: 'error',
  'tsdoc/syntax': 'error',
  '@typescript-eslint/consistent-type-imports': 'error',
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
  '@typescript-eslint/switch-exhaustiveness-check': 'error',
}

/** Functions of any Node script may print; a test may be as long as its table. */
const testRules = {
  ...vitest.configs.recommended.rules,
  'vitest/valid-expect': ['error', { maxArgs: 2 }],
  'vitest/expect-expect': ['error', { assertFunctionNames: ['expect', 'expect*', 'fc.assert'] }],
  'vitest/no-disabled-tests': 'error',
  'vitest/no-focused-tests': 'error',
  'max-lines-per-function': 'off',
  'max-lines': 'off',
}

export default tseslint.config(
  { ignores: ['**/dist/**', '**/.turbo/**', 'vectors/**'] },
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['eslint.config.js'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    plugins: { tsdoc },
    rules: houseRules,
  },
  {
    files: ['scripts/**', 'apps/*/server/**', 'bench/**'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/*.test.ts', '**/test/**', 'interop/**'],
    plugins: { vitest },
    rules: testRules,
  },
  { files: ['eslint.config.js'], extends: [tseslint.configs.disableTypeChecked] },
)
