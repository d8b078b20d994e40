export { type CompactionResult, compactJournal } from './compact.js';
export { JournalFileBackend, type JournalFileBackendOptions } from './file-backend.js';
export {
  type JournalFileLock,
  type JournalFileLockOptions,
  JournalFileOpenLock,
  JournalFileSymlinkLock,
} from './lock.js';
export { JournalStorage } from './storage.js';
