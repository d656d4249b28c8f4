package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"bursar/services/internal/archive"
)

// resultOf returns SQLite's primary result code in err's chain, 0 when there is
// none.
func resultOf(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return sqlite3.SQLITE_OK
}

func isBusy(err error) bool {
	code := resultOf(err)
	return code == sqlite3.SQLITE_BUSY || code == sqlite3.SQLITE_LOCKED
}

func isDamage(err error) bool {
	code := resultOf(err)
	return code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB
}

// fault turns a failure of the file into what a person can act on. An error
// that is one already stays as it is.
func (a *Archive) fault(op string, err error) error {
	if resultOf(err) == sqlite3.SQLITE_INTERRUPT { // what the driver makes of a context that ended
		err = errors.Join(context.Canceled, err)
	}
	return archive.Fault(op, err, a.words)
}

func (a *Archive) words(err error) (message, next string) {
	code := resultOf(err)
	switch {
	case errors.Is(err, archive.ErrNewer):
		return fmt.Sprintf("The archive %s was written by a newer bursar.", a.path),
			"Update bursar, or set BURSAR_HOME to another folder to start a separate archive."
	case errors.Is(err, archive.ErrForeign):
		return fmt.Sprintf("The file %s is a database of another program.", a.path),
			"Move it away, or set BURSAR_HOME to another folder."
	case isBusy(err):
		return "Another program keeps the archive locked.", "Wait until the other bursar has finished, or close it, and try again."
	case isDamage(err):
		return fmt.Sprintf("The archive %s is damaged.", a.path),
			"Close bursar and move the file away; a new one is filled with the last 30 days from Stripe."
	case isFull(err):
		return "The disk is full: the archive could not be written.", "Free some space and try again. Nothing that was stored is lost."
	case code == sqlite3.SQLITE_READONLY, errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Sprintf("The archive %s cannot be written: it is read-only for you.", a.path),
			"Give yourself write access to the file and its folder, or set BURSAR_HOME to another folder."
	case code == sqlite3.SQLITE_CANTOPEN, isPathError(err):
		return fmt.Sprintf("The archive %s cannot be opened.", a.path),
			"Check that its folder exists and is yours, or set BURSAR_HOME to another folder."
	case code == sqlite3.SQLITE_IOERR:
		return fmt.Sprintf("The disk failed while the archive %s was read or written.", a.path), "Check the disk, then try again."
	}
	return fmt.Sprintf("The archive %s could not be used: %v", a.path, err), "Try again; if it stays, move the file away."
}

// isFull reports that the disk has no room, be it for the file or for the index
// of its log that SQLite keeps beside it.
func isFull(err error) bool {
	var e *sqlite.Error
	return errors.Is(err, syscall.ENOSPC) || errors.As(err, &e) && (e.Code()&0xff == sqlite3.SQLITE_FULL || e.Code() == sqlite3.SQLITE_IOERR_SHMSIZE)
}

func isPathError(err error) bool {
	var e *fs.PathError
	return errors.As(err, &e)
}
