package config

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// lockWait is how long a save waits for another process's save.
const lockWait = 5 * time.Second

// writeFile replaces a file as a whole or not at all: a reader, or a machine
// that loses power, sees the old bytes or the new ones. A link is followed, so
// that settings kept in another folder stay there.
func writeFile(path string, data []byte) (err error) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if _, err = f.Write(data); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(dir)
}

// syncFolder makes a rename durable where folders can be synced.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	if err := d.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, syscall.EINVAL) {
		return err
	}
	return nil
}

// locked runs fn while no other process or goroutine that locks the same path
// does.
func locked(ctx context.Context, path string, fn func() error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fileError("The folder "+filepath.Dir(path)+" cannot be made", err)
	}
	ctx, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	lock := flock.New(path, flock.SetPermissions(0o600))
	if ok, err := lock.TryLockContext(ctx, 10*time.Millisecond); !ok {
		if errors.Is(err, context.DeadlineExceeded) {
			return &Error{Message: "Another bursar is saving and does not finish.", Next: "Close it, then try again.", Err: err}
		}
		return fileError("The lock file "+path+" cannot be used", err)
	}
	defer func() { _ = lock.Close() }()
	return fn()
}

// fileError says in words why a file cannot be used.
func fileError(what string, err error) *Error {
	why, next := err.Error(), "Try again; if it stays, check the disk."
	var pe *fs.PathError
	if errors.As(err, &pe) {
		why = pe.Err.Error()
	}
	switch {
	case errors.Is(err, fs.ErrPermission):
		why, next = "permission denied", "Give your user the right to read and write there, or set BURSAR_HOME to another folder."
	case errors.Is(err, syscall.ENOSPC):
		why, next = "the disk is full", "Free some space, then try again."
	case errors.Is(err, syscall.EROFS):
		why, next = "the disk can only be read", "Set BURSAR_HOME to a folder that can be written."
	case errors.Is(err, context.Canceled):
		why = "it was cancelled"
	}
	return &Error{Message: what + ": " + why + ".", Next: next, Err: err}
}
