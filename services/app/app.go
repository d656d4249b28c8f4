// Package app is the composition root: it opens a profile as a services.Desk,
// wires the implementations below services/internal to each other, and closes
// them in order.
package app

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"

	"bursar/config"
	"bursar/services"
	"bursar/services/internal/catalog"
	"bursar/services/internal/desk"
	"bursar/services/internal/stripegw"
)

// Options are what the process knows: where files are, what is configured and
// where secrets are kept.
type Options struct {
	Paths   config.Paths
	Store   *config.Store
	Config  config.Config
	Secrets *config.Secrets
	Getenv  func(string) string
	Proxy   func(*http.Request) (*url.URL, error) // for calls to Stripe; nil: none
	Now     services.Clock
	Log     *slog.Logger
}

// Use says what a desk is opened for.
type Use int

// A desk for one command answers its calls and starts no background work; a desk
// for an interface also receives webhooks and reads Stripe's event list again
// and again.
const (
	Command Use = iota
	Interface
)

// Desks opens profiles. It is safe for concurrent use; desks do not share
// anything but files.
type Desks struct {
	o        Options
	profiles *profileStore
	catalog  *catalog.Catalog
	config   configuration
}

// New makes what opens profiles. It touches no file.
func New(o Options) *Desks {
	d := &Desks{o: o, profiles: &profileStore{o}, catalog: catalog.New(o.Paths.Products())}
	d.config = configuration{desk.NewConfiguration(desk.ConfigurationOptions{
		Store: d.profiles, Catalog: d.catalog, Verify: d.verify, LocalBase: d.localBase, Now: o.Now,
	}), d.profiles, d.sandboxCatalog()}
	return d
}

// Configuration sets profiles up; it needs no open desk.
func (d *Desks) Configuration() services.Configuration { return d.config }

// ImportProducts adds a product source from a CSV file's text, under a number of
// its own.
func (d *Desks) ImportProducts(ctx context.Context, name string, csv []byte) (services.ProductSource, error) {
	return d.catalog.Import(ctx, name, csv)
}

// defaultListen is where a profile's webhook receiver listens when it sets
// nothing.
const defaultListen = "127.0.0.1:8787"

// localBase is the receiver's address as webhook URLs show it for profiles
// without a public one; empty when any free port will do, which nobody can know.
func (d *Desks) localBase(profile string) string {
	values, _, err := d.profiles.Load(context.Background(), profile)
	host, port, splitErr := net.SplitHostPort(values.WebhookListen)
	if err != nil || splitErr != nil {
		return "http://" + defaultListen
	}
	if port == "0" {
		return ""
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// verify asks Stripe whose key this is.
func (d *Desks) verify(ctx context.Context, p config.Profile, key string) (services.Profile, error) {
	g := stripegw.New(stripegw.Options{Key: key, BaseURL: d.o.Config.Base(p).V, Proxy: d.o.Proxy, Now: d.o.Now, Log: d.o.Log})
	account, err := g.Account(ctx)
	return account, errors.Join(err, g.Close())
}

// Open opens a profile. notice is something a person should know, such as a file
// that was set aside.
func (d *Desks) Open(ctx context.Context, name string, use Use) (opened *services.Desk, notice string, err error) {
	b := &builder{desks: d, use: use, now: d.o.Now, log: d.o.Log}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.close())
		}
	}()
	if err := d.o.Paths.Make(); err != nil {
		return nil, "", storageError("making bursar's folders", err)
	}
	if name == services.SandboxProfile {
		err = b.openSandbox(ctx)
	} else {
		err = b.openProfile(ctx, name)
	}
	if err != nil {
		return nil, "", err
	}
	if err := b.openRooms(ctx); err != nil {
		return nil, "", err
	}
	return b.desk(), b.notice(), nil
}

// storageError gives a local file's trouble words.
func storageError(op string, err error) error {
	var known *services.Error
	if errors.As(err, &known) {
		return err
	}
	var c *config.Error
	if errors.As(err, &c) {
		return &services.Error{Code: services.CodeStorage, Op: op, Message: c.Message, Next: c.Next, Field: c.Field, Err: err}
	}
	e := &services.Error{Code: services.CodeStorage, Op: op, Message: "A local file cannot be used: " + services.Clean(err.Error()) + ".",
		Next: "Check the folder's rights and the free space, then try again.", Err: err}
	var at *fs.PathError
	path := "its files"
	if errors.As(err, &at) {
		path = services.Clean(at.Path)
	}
	switch {
	case errors.Is(err, syscall.ENOSPC):
		e.Message, e.Next = "The disk is full: bursar could not write "+path+".", "Free some space, then try again. Nothing that was stored is lost."
	case errors.Is(err, fs.ErrPermission):
		e.Message, e.Next = "You may not write "+path+".", "Give your user the right to read and write there, or set BURSAR_HOME to another folder."
	case errors.Is(err, syscall.EROFS):
		e.Message, e.Next = "The disk with "+path+" can only be read.", "Set BURSAR_HOME to a folder that can be written."
	}
	return e
}

// pollEvery is how often an interface reads Stripe's event list: often from the
// sandbox, now and then from Stripe, and rarely where webhooks bring events by
// themselves and the list only shows what they lost.
func pollEvery(sandbox bool, webhookBase string) time.Duration {
	if sandbox {
		return 5 * time.Second
	}
	if u, err := url.Parse(webhookBase); err == nil && u.Hostname() != "" && !config.Loopback(u.Hostname()) {
		return 5 * time.Minute
	}
	return 20 * time.Second
}
