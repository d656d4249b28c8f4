package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/gofrs/flock"
)

// ErrServed says that another process has the sandbox open.
var ErrServed = errors.New("the sandbox is open in another process")

// Discard removes a sandbox's state, and what goes with it by also, while nobody
// serves it. The address is remembered for the shop that comes next. It returns
// ErrServed when a process does not let go within a second.
func Discard(ctx context.Context, data string, also func() error) error {
	if _, err := os.Stat(data); errors.Is(err, fs.ErrNotExist) {
		return also()
	}
	held := flock.New(data+".lock", flock.SetPermissions(0o600))
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	locked, err := held.TryLockContext(ctx, takeover/6)
	if !locked {
		if errors.Is(err, context.DeadlineExceeded) {
			err = ErrServed
		}
		return errors.Join(err, held.Close())
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if e := os.Remove(data + suffix); e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, fmt.Errorf("removing the sandbox's state: %w", e))
		}
	}
	return errors.Join(err, also(), held.Close())
}
