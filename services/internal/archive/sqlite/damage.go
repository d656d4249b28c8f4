package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"bursar/services"
)

// recover sets a damaged file aside and starts a new one.
func (a *Archive) recover(ctx context.Context) (notice string, err error) {
	notice, err = a.setAside()
	if err != nil {
		return "", err
	}
	_, err = a.connect(ctx)
	return notice, err
}

// setAside renames a damaged file and what belongs to it, so that it can still
// be looked into, and says so. It does nothing when another process has already
// put a new file in its place.
func (a *Archive) setAside() (notice string, err error) {
	now, err := os.Stat(a.path)
	if err != nil || !os.SameFile(now, a.opened) {
		return "", nil
	}
	aside := a.beside("damaged")
	for _, part := range []string{"", "-wal", "-shm"} {
		if err := os.Rename(a.path+part, aside+part); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("setting the damaged archive aside: %w", err)
		}
	}
	return services.Clean(fmt.Sprintf("The archive was damaged. It was set aside as %s and a new one started; "+
		"the last 30 days come back from Stripe.", aside)), nil
}
