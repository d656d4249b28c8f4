package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"bursar/config"
	"bursar/services"
	"bursar/services/internal/catalog"
	"bursar/services/internal/desk"
	"bursar/services/internal/sandbox"
	"bursar/services/internal/stripegw"
)

// sandboxSource is the number of the sandbox's product source.
const sandboxSource = 1

// sandboxRate is how many requests a second the sandbox is sent: it has no limit
// of its own.
const sandboxRate = 1000

// sandboxKeeps is how long the sandbox lists an event: always.
const sandboxKeeps = 100 * 365 * 24 * time.Hour

// sandboxFile is the file with the sandbox's state.
func (d *Desks) sandboxFile() string { return filepath.Join(d.o.Paths.Sandbox(), "sandbox.db") }

// sandboxCatalog holds the sandbox's own product source, apart from those that
// profiles choose from.
func (d *Desks) sandboxCatalog() *catalog.Catalog {
	return catalog.New(filepath.Join(d.o.Paths.Sandbox(), "products"))
}

// configuration is every profile's setup, with the sandbox's built-in product
// source in place of a chosen one.
type configuration struct {
	*desk.Configuration
	profiles *profileStore
	sandbox  *catalog.Catalog
}

// Show returns what is set.
func (c configuration) Show(ctx context.Context, profile string) (services.ConfigurationView, error) {
	v, err := c.Configuration.Show(ctx, profile)
	if err != nil || profile != services.SandboxProfile {
		return v, err
	}
	// Storage and NeedPassphrase stay: setup asks here where a new profile's
	// secrets will go.
	builtIn := services.Setting{Set: true, Masked: "built in"}
	v.PublishableKey, v.SecretKey, v.SigningSecret = builtIn, builtIn, builtIn
	sources, err := c.sandbox.Sources(ctx)
	if err == nil && len(sources) > 0 {
		v.ProductSource = sources[0]
	}
	return v, err
}

// openSandbox joins the shared sandbox and lays its catalogue down.
func (b *builder) openSandbox(ctx context.Context) error {
	if err := os.MkdirAll(b.desks.o.Paths.Sandbox(), 0o700); err != nil {
		return storageError("making the sandbox's folder", err)
	}
	shop, err := sandbox.Join(ctx, sandbox.Options{Data: b.desks.sandboxFile(), Now: b.now, Log: b.log, Seed: true})
	if err != nil {
		return sandboxError("opening the sandbox", err)
	}
	b.shop = shop
	b.onClose(shop.Close)
	b.say(shop.Notice())
	b.shorten = sandbox.ShortLink
	b.gateway = stripegw.New(stripegw.Options{Key: shop.SecretKey(), BaseURL: shop.URL(), Now: b.now, Log: b.log,
		Rate: sandboxRate, BackgroundRate: sandboxRate})
	b.onClose(b.gateway.Close)
	account, err := b.gateway.Account(ctx)
	if err != nil {
		return err
	}
	b.profile = services.Profile{Name: services.SandboxProfile, Mode: services.ModeTest, Sandbox: true,
		AccountID: account.AccountID, AccountName: account.AccountName}
	b.catalog = b.desks.sandboxCatalog()
	sources, err := b.catalog.Sources(ctx)
	if err != nil {
		return err
	}
	if len(sources) == 0 {
		return b.catalog.Put(ctx, sandboxSource, "demo shop", sandbox.Catalogue())
	}
	return nil
}

// sandboxError gives the trouble of joining the sandbox words.
func sandboxError(op string, err error) error {
	e := &services.Error{Code: services.CodeUnavailable, Op: op, Err: err}
	switch {
	case errors.Is(err, sandbox.ErrNewer):
		e.Code, e.Message = services.CodeStorage, "The sandbox's file was written by a newer bursar."
		e.Next = "Update bursar, or start over with a new shop: bursar demo --fresh."
	case errors.Is(err, syscall.EADDRINUSE):
		e.Field, e.Message, e.Next = "addr", "The sandbox's address is in use by another program.", "Choose another one, such as 127.0.0.1:0 for any free port."
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		e.Message, e.Next = "Another bursar holds the sandbox and does not answer.", "Wait a moment and try again, or close the other one."
	default:
		return storageError(op, err)
	}
	return e
}

// FreshSandbox throws the sandbox's shop, its archive and its catalogue away; the
// next one to open it gets a new one. It refuses while a process serves it.
func (d *Desks) FreshSandbox(ctx context.Context) error {
	err := sandbox.Discard(ctx, d.sandboxFile(), func() error {
		for _, name := range []string{"archive.db", "archive.db-wal", "archive.db-shm", "forward.db", "forward.db-wal", "forward.db-shm", "products"} {
			if err := os.RemoveAll(filepath.Join(d.o.Paths.Sandbox(), name)); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, sandbox.ErrServed) {
		return &services.Error{Code: services.CodeConflict, Op: "starting over with a new shop", Err: err,
			Message: "The sandbox is open in another bursar.", Next: "Close it there first."}
	}
	if err != nil {
		return storageError("starting over with a new shop", err)
	}
	return nil
}

// ServeOptions choose a sandbox that is served alone.
type ServeOptions struct {
	Addr string // loopback address
	Data string // state file; empty: the shared sandbox's
}

// Serving is a sandbox that is being served.
type Serving struct {
	URL            string `json:"url"`
	SecretKey      string `json:"secret_key"`
	PublishableKey string `json:"publishable_key"`
	Data           string `json:"data"`
	Notice         string `json:"notice,omitempty"`
}

// ServeSandbox serves a sandbox until ctx ends; ready is called once it does.
func (d *Desks) ServeSandbox(ctx context.Context, o ServeOptions, ready func(Serving) error) error {
	if o.Data == "" {
		o.Data = d.sandboxFile()
	}
	if host, _, err := net.SplitHostPort(o.Addr); o.Addr != "" && (err != nil || !config.Loopback(host)) {
		return services.Invalid("addr", "The sandbox serves this machine only, and "+services.Clean(o.Addr)+" is not an address of it.",
			"Use one such as 127.0.0.1:12111.")
	}
	if err := os.MkdirAll(filepath.Dir(o.Data), 0o700); err != nil {
		return storageError("making the sandbox's folder", err)
	}
	joining, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	shop, err := sandbox.Join(joining, sandbox.Options{Data: o.Data, Addr: o.Addr, Now: d.o.Now, Log: d.o.Log, Seed: true})
	if err != nil {
		return sandboxError("serving the sandbox", err)
	}
	v := Serving{URL: shop.URL(), SecretKey: shop.SecretKey(), PublishableKey: shop.PublishableKey(), Data: o.Data, Notice: shop.Notice()}
	if !shop.Serving() {
		v.Notice = fmt.Sprintf("Another bursar serves this shop at %s; this one takes over when it ends.", v.URL)
	}
	if err := ready(v); err != nil {
		return errors.Join(err, shop.Close())
	}
	<-ctx.Done()
	return shop.Close()
}
