package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"bursar/services"
)

// recover sets a damaged file aside, starts a new one, and brings over what can
// be read of the old.
func (a *Archive) recover(ctx context.Context) (notice string, err error) {
	aside, err := a.setAside()
	if err != nil {
		return "", err
	}
	if notice, err = a.connect(ctx); err != nil || aside == "" {
		return notice, err
	}
	s := &salvage{a: a, path: aside}
	finished := make(chan struct{})
	a.work.Go(func() {
		defer close(finished)
		s.run(a.ended)
	})
	t := time.NewTimer(a.opts.Patience)
	defer t.Stop()
	var told string
	select {
	case <-finished:
		told = fmt.Sprintf("%d of its events could be read and are in the new one", s.saved.Load())
	case <-t.C:
		told = fmt.Sprintf("%d of its events have been read so far and are in the new one, further ones follow", s.saved.Load())
	}
	return services.Clean(fmt.Sprintf("The archive was damaged. It was set aside as %s and a new one started; %s. "+
		"The last 30 days come back from Stripe.", aside, told)), nil
}

// setAside renames a damaged file and what belongs to it, so that it can still
// be looked into, and returns its new name. It does nothing when another process
// has already put a new file in its place.
func (a *Archive) setAside() (aside string, err error) {
	now, err := os.Stat(a.path)
	if err != nil || !os.SameFile(now, a.opened) {
		return "", nil
	}
	aside = a.beside("damaged")
	for _, part := range []string{"", "-wal", "-shm"} {
		if err := os.Rename(a.path+part, aside+part); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("setting the damaged archive aside: %w", err)
		}
	}
	return aside, nil
}
