/** What a person does on the demo's page and sees of it, by labels and roles alone. */
import { readFile } from 'node:fs/promises'
import type { Locator, Page } from 'playwright-core'

/** Who signs in. */
export interface Credentials {
  readonly user: string
  readonly password: string
}

/** The field of that label. */
export function field(page: Page, name: string): Locator {
  return page.getByRole('textbox', { name, exact: true })
}

/** The button of that name. */
export function button(page: Page, name: string): Locator {
  return page.getByRole('button', { name, exact: true })
}

/** The heading of a step; waits until it is there. */
export async function arriveAt(page: Page, heading: string): Promise<void> {
  await page.getByRole('heading', { name: heading, exact: true }).waitFor()
}

/** Fills the sign-in form and sends it. */
export async function signIn(page: Page, { user, password }: Credentials): Promise<void> {
  await field(page, 'User').fill(user)
  await field(page, 'Password').fill(password)
  await button(page, 'Sign in').click()
}

/** Pastes a key and has it checked. */
export async function giveKey(page: Page, text: string): Promise<void> {
  await field(page, 'Decryption key').fill(text)
  await button(page, 'Check key').click()
}

/** The error that a screen reader gives with a field; waits until there is one. */
export async function errorAt(page: Page, name: string): Promise<string> {
  const marked = field(page, name).and(page.locator('[aria-invalid="true"]'))
  await marked.waitFor()
  const [id = ''] = ((await marked.getAttribute('aria-describedby')) ?? '').split(' ')
  return page.locator(`[id="${id}"]`).innerText()
}

/** The error of the step as a whole; waits until there is one. */
export async function alertOf(page: Page): Promise<string> {
  return page.getByRole('alert').innerText()
}

/** From the sign-in form to the restore that is ready to begin. */
export async function getReady(page: Page, who: Credentials, key: string): Promise<void> {
  await signIn(page, who)
  await arriveAt(page, 'Your decryption key')
  await giveKey(page, key)
  await arriveAt(page, 'Ready to restore')
}

/** Cells of the table of rooms, row by row. */
export async function roomRows(page: Page): Promise<readonly (readonly string[])[]> {
  const rows = page.getByRole('table', { name: 'Keys by room' }).locator('tbody tr')
  return Promise.all((await rows.all()).map((row) => row.locator('th, td').allInnerTexts()))
}

/** Saves the key file under a passphrase; its name and its text. */
export async function saveFile(
  page: Page,
  passphrase: string,
): Promise<{ readonly name: string; readonly text: string }> {
  await field(page, 'Passphrase').fill(passphrase)
  await field(page, 'Passphrase, typed again').fill(passphrase)
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    button(page, 'Save key file').click(),
  ])
  return {
    name: download.suggestedFilename(),
    text: await readFile(await download.path(), 'utf8'),
  }
}
