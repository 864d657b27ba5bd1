import type { Dictionary } from '../zh'

export const problems: Dictionary['problems'] = {
  'network.offline': 'The server was not reached. Everything is on this device and will be sent later.',
  'network.timeout': 'The server did not answer in time. Everything is on this device; try later.',
  'status.400': 'Part of this could not be read. Everything is on this device.',
  'status.401': 'The sign-in has expired. Everything is on this device; sign in and it goes on.',
  'status.403': 'You have no right to do this.',
  'status.404': 'Not found, or outside your area.',
  'status.409': 'Someone changed this just now. Look at the new state first.',
  'status.412': 'Someone changed this just now. Look at the new state first.',
  'status.413': 'The file is too large for the server. It is still on this device.',
  'status.415': 'The server does not know this kind of file. It is still on this device.',
  'status.422': 'Something is filled in wrongly. Everything is on this device.',
  'status.429': 'Too many tries. Wait a minute.',
  'status.500': 'The server failed. Everything is on this device; try later.',
  'status.503': 'The server is busy. Everything is on this device; try later.',
  'storage.full':
    'Not saved: the phone is full. The photo is still on this page; delete large files, then save again.',
  'storage.failed': 'Not saved: the storage failed. The photo is still on this page; save again.',
  'storage.unavailable': 'The browser refuses to store data, perhaps a private window. Use a normal one.',
}
