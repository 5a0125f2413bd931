/** Endpoints of accounts, devices and `/sync`: what a client needs around key backup. */
import { getAccountData, putAccountData } from './account/account-data.ts'
import { getCapabilities, getPushRules, getTurnServer } from './account/client-config.ts'
import {
  deleteDevice,
  getDevice,
  getDevices,
  postDeleteDevices,
  putDevice,
} from './account/devices.ts'
import { getLoginFlows, getWhoAmI, postLogin, postLogout, postLogoutAll } from './account/login.ts'
import { postRegister } from './account/register.ts'
import { postSigningKeys } from './devices/cross-signing-upload.ts'
import { getKeysChanges } from './devices/keys-changes.ts'
import { postKeysClaim } from './devices/keys-claim.ts'
import { postKeysQuery } from './devices/keys-query.ts'
import { postKeysUpload } from './devices/keys-upload.ts'
import { postSignatures } from './devices/signatures-upload.ts'
import { putToDevice } from './devices/to-device.ts'
import { signedIn } from './http/authorization.ts'
import type { Route } from './http/routing.ts'
import { getFilter, postFilter } from './sync/filters.ts'
import { getSync } from './sync/sync.ts'

const ACCOUNT_DATA = '/user/:userId/account_data/:type'
const DEVICE = '/devices/:deviceId'

/** Paths below the version of the API. */
export const ACCOUNT_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/login', handle: getLoginFlows },
  { method: 'POST', path: '/login', handle: postLogin },
  { method: 'POST', path: '/register', handle: postRegister },
  { method: 'POST', path: '/logout', handle: signedIn(postLogout) },
  { method: 'POST', path: '/logout/all', handle: signedIn(postLogoutAll) },
  { method: 'GET', path: '/account/whoami', handle: signedIn(getWhoAmI) },
  { method: 'GET', path: ACCOUNT_DATA, handle: signedIn(getAccountData) },
  { method: 'PUT', path: ACCOUNT_DATA, handle: signedIn(putAccountData) },
  { method: 'GET', path: '/devices', handle: signedIn(getDevices) },
  { method: 'GET', path: DEVICE, handle: signedIn(getDevice) },
  { method: 'PUT', path: DEVICE, handle: signedIn(putDevice) },
  { method: 'DELETE', path: DEVICE, handle: signedIn(deleteDevice) },
  { method: 'POST', path: '/delete_devices', handle: signedIn(postDeleteDevices) },
  { method: 'POST', path: '/keys/upload', handle: signedIn(postKeysUpload) },
  { method: 'POST', path: '/keys/query', handle: signedIn(postKeysQuery) },
  { method: 'POST', path: '/keys/claim', handle: signedIn(postKeysClaim) },
  { method: 'GET', path: '/keys/changes', handle: signedIn(getKeysChanges) },
  { method: 'POST', path: '/keys/device_signing/upload', handle: signedIn(postSigningKeys) },
  { method: 'POST', path: '/keys/signatures/upload', handle: signedIn(postSignatures) },
  { method: 'PUT', path: '/sendToDevice/:eventType/:txnId', handle: signedIn(putToDevice) },
  { method: 'GET', path: '/sync', handle: signedIn(getSync) },
  { method: 'POST', path: '/user/:userId/filter', handle: signedIn(postFilter) },
  { method: 'GET', path: '/user/:userId/filter/:filterId', handle: signedIn(getFilter) },
  { method: 'GET', path: '/capabilities', handle: signedIn(getCapabilities) },
  { method: 'GET', path: '/pushrules/', handle: signedIn(getPushRules) },
  { method: 'GET', path: '/pushrules', handle: signedIn(getPushRules) },
  { method: 'GET', path: '/voip/turnServer', handle: signedIn(getTurnServer) },
]
