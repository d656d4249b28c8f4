package catalog

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"bursar/services"
)

const (
	opSave   = "saving the product source"
	lockWait = 5 * time.Second // how long a save waits for another one
)

// Put makes a source, or replaces all its rows and its name. Of the name, letters,
// digits and spaces are kept. What Rows could not read again is refused.
func (c *Catalog) Put(ctx context.Context, number int, name string, rows []services.Product) error {
	if number < 1 {
		return &services.Error{Code: services.CodeInvalid, Op: opSave, Field: services.FieldProductSource, Message: "A product source's number is 1 or more.", Next: "Choose another number."}
	}
	var text bytes.Buffer
	if err := encode(&text, rows); err != nil {
		return storage(opSave, "The products cannot be written as CSV", err)
	}
	if _, err := parse(text.Bytes()); err != nil {
		return inOp(opSave, err)
	}
	return c.locked(ctx, func() error { return c.save(number, name, text.Bytes()) })
}

// Import adds a source from the text of a CSV file, which is kept byte for byte,
// under the next free number. CodeInvalid with the line when it is not a product
// source.
func (c *Catalog) Import(ctx context.Context, name string, text []byte) (services.ProductSource, error) {
	rows, err := parse(text)
	if err != nil {
		return services.ProductSource{}, inOp(opSave, err)
	}
	name = strings.TrimSuffix(name, ".csv")
	added := services.ProductSource{Number: 1, Name: title(slug(name)), Rows: len(rows)}
	err = c.locked(ctx, func() error {
		files, err := c.files()
		if err != nil {
			return err
		}
		if n := len(files); n > 0 {
			added.Number = files[n-1].number + 1
		}
		return c.save(added.Number, name, text)
	})
	if err != nil {
		return services.ProductSource{}, err
	}
	return added, nil
}

// locked runs fn while no other process or goroutine saves a source.
func (c *Catalog) locked(ctx context.Context, fn func() error) error {
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return storage(opSave, "The folder "+c.dir+" cannot be made", err)
	}
	ctx, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	lock := flock.New(filepath.Join(c.dir, ".lock"), flock.SetPermissions(0o600))
	if ok, err := lock.TryLockContext(ctx, 10*time.Millisecond); !ok {
		return storage(opSave, "The product sources are locked", err)
	}
	defer func() { _ = lock.Close() }()
	return fn()
}

// save writes a source's file and removes the one of its former name.
func (c *Catalog) save(number int, name string, text []byte) error {
	path := filepath.Join(c.dir, strconv.Itoa(number)+"-"+slug(name)+".csv")
	if err := replace(path, text); err != nil {
		return storage(opSave, "The product source cannot be saved in "+path, err)
	}
	all, err := c.everyFile()
	if err != nil {
		return err
	}
	for _, f := range all {
		if f.number != number || f.path == path {
			continue
		}
		if err := os.Remove(f.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return storage(opSave, "The former file "+f.path+" cannot be removed", err)
		}
	}
	return nil
}

// replace writes a file as a whole or not at all, for its owner only.
func replace(path string, data []byte) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".saving-*")
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
	return os.Rename(f.Name(), path)
}
