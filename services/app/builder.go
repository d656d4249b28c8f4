package app

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"bursar/config"
	"bursar/services"
	"bursar/services/internal/archive"
	"bursar/services/internal/catalog"
	"bursar/services/internal/desk"
	"bursar/services/internal/eventsync"
	"bursar/services/internal/opener"
	"bursar/services/internal/returns"
	"bursar/services/internal/sandbox"
	"bursar/services/internal/stripegw"
)

// builder opens one profile room by room and closes what it opened in the
// opposite order.
type builder struct {
	desks *Desks
	use   Use
	now   services.Clock
	log   *slog.Logger

	profile  services.Profile
	values   config.Profile
	catalog  *catalog.Catalog
	shop     *sandbox.Shop // nil unless this is the sandbox
	shorten  func(string) string
	gateway  *stripegw.Gateway
	archive  archive.Archive
	changes  *desk.Broadcaster
	returns  *returns.Server
	syncer   *eventsync.Syncer
	receiver *receiver
	clock    *clock

	notices []string
	stop    context.CancelFunc
	workers sync.WaitGroup
	closers []func() error
	closing sync.Once
	closed  error
}

func (b *builder) onClose(f func() error) { b.closers = append(b.closers, f) }

// close stops the background work, waits for it, and closes the rooms, the last
// opened first. It does so once.
func (b *builder) close() error {
	b.closing.Do(func() {
		if b.stop != nil {
			b.stop()
		}
		b.workers.Wait()
		for i := len(b.closers) - 1; i >= 0; i-- {
			b.closed = errors.Join(b.closed, b.closers[i]())
		}
	})
	return b.closed
}

func (b *builder) say(notice string) {
	if notice != "" {
		b.notices = append(b.notices, notice)
	}
}

func (b *builder) notice() string { return strings.Join(b.notices, " ") }

// openProfile reads a configured profile and its key.
func (b *builder) openProfile(ctx context.Context, name string) error {
	values, ok, err := b.desks.profiles.Load(ctx, name)
	if err != nil {
		return err
	}
	key, from, err := b.desks.profiles.Secret(ctx, name, config.SecretKey)
	if err != nil {
		return err
	}
	if !ok || key == "" {
		return &services.Error{Code: services.CodeNotConfigured, Op: "opening the profile", Field: services.FieldProfile,
			Message: "The profile " + services.Clean(name) + " has no secret key.",
			Next:    "Set it up with bursar config set --profile " + services.Clean(name) + ", or try everything on the sandbox: bursar demo."}
	}
	if bad := services.CheckSecretKey(key); bad != nil {
		bad.Op, bad.Next = "opening the profile", bad.Next+" This one comes from: "+from+"."
		return bad
	}
	b.values, b.catalog = values, b.desks.catalog
	mode, _ := services.KeyMode(key)
	b.profile = services.Profile{Name: name, Mode: mode, AccountID: values.AccountID, AccountName: services.Clean(values.AccountName)}
	if string(mode) != values.Mode && values.Mode != "" {
		return services.Invalid(services.FieldSecretKey, "The key is a "+string(mode)+" key and the profile a "+values.Mode+" one: they cannot be mixed.",
			"Use a "+values.Mode+" key, or another profile. A key from the environment (STRIPE_API_KEY) counts before the stored one.")
	}
	base := b.desks.o.Config.Base(values).V
	b.gateway = stripegw.New(stripegw.Options{Key: key, BaseURL: base, Proxy: b.desks.o.Proxy, Now: b.now, Log: b.log, Rate: values.RequestRate})
	b.onClose(b.gateway.Close)
	return nil
}

// openRooms opens what every profile has: the archive, the return pages, and for
// an interface the background work.
func (b *builder) openRooms(ctx context.Context) error {
	if err := b.openStore(ctx); err != nil {
		return err
	}
	if err := b.openReturns(ctx); err != nil {
		return err
	}
	b.work(ctx, b.use == Interface)
	return nil
}

// openStore opens the archive and what fills it.
func (b *builder) openStore(ctx context.Context) error {
	b.changes = desk.NewBroadcaster()
	b.onClose(func() error { b.changes.Close(); return nil })
	if err := b.openArchive(ctx); err != nil {
		return err
	}
	b.onClose(b.archive.Close)
	b.clock = &clock{gateway: b.gateway, changed: func() { b.changes.Publish(services.Change{Kind: services.ChangeHealth}) }}
	b.syncer = b.newSyncer(b.archive)
	b.receiver = newReceiver(b)
	return nil
}

// work starts the background work, which outlives the call that opened the
// profile: telling of events and, when asked for, reading and receiving them.
func (b *builder) work(ctx context.Context, receive bool) {
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	b.stop = stop
	b.workers.Go(func() { b.tellEvents(background) })
	if receive {
		b.workers.Go(func() {
			if !pause(background, headStart) {
				return
			}
			b.syncer.Run(background, pollEvery(b.profile.Sandbox, b.values.WebhookBase), func() { b.changes.Publish(services.Change{Kind: services.ChangeHealth}) })
		})
		if b.shop != nil {
			b.workers.Go(func() { b.receiver.keepRegistered(background) })
		}
	}
}

// newSyncer reads the profile's event list into its archive.
func (b *builder) newSyncer(store eventsync.Store) *eventsync.Syncer {
	o := eventsync.Options{Account: b.profile.AccountID, Now: b.now, Log: b.log}
	if b.profile.Sandbox {
		o.Keeps = sandboxKeeps
	}
	return eventsync.New(eventList{b.gateway, b.clock}, store, o)
}

// headStart is how long an interface's first frame has the processor to itself
// before events are read.
const headStart = 100 * time.Millisecond

// pause waits, and reports false when ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// openArchive opens the profile's archive.
func (b *builder) openArchive(ctx context.Context) error {
	store, notice, err := b.desks.openStore(ctx, b.desks.placeOf(b.values, b.profile.Sandbox), ownerOf(b.profile))
	if err != nil {
		return err
	}
	b.archive = store
	b.say(notice)
	return nil
}

// openReturns starts the loopback pages and, on the same address, the webhook
// receiver.
func (b *builder) openReturns(ctx context.Context) error {
	addr := b.values.WebhookListen
	if addr == "" && !b.profile.Sandbox && b.use == Interface {
		addr = defaultListen
	}
	server, err := returns.Start(ctx, returns.Options{
		Addr: addr, Webhook: b.receiver.handler(), OnVisit: b.changes.Publish, Now: b.now,
	})
	if err != nil {
		return err
	}
	b.returns = server
	b.onClose(server.Close)
	b.say(server.Notice())
	b.receiver.listening(server.Base())
	return nil
}

// tellEvents publishes each change of the archive, by whichever process.
func (b *builder) tellEvents(ctx context.Context) {
	for range b.archive.Watch(ctx) {
		b.changes.Publish(services.Change{Kind: services.ChangeEvents})
	}
}

// desk puts the services of the profile together.
func (b *builder) desk() *services.Desk {
	logs := desk.NewLogs(eventStore{b.archive, b.receiver, b.clock, b.now}, b.syncer)
	return &services.Desk{
		Profile:       b.profile,
		Configuration: b.desks.config,
		Products:      desk.NewProducts(b.gateway, b.catalog, b.productSource),
		Customers:     desk.NewCustomers(b.gateway, logs, b.returns),
		Checkout: desk.NewCheckout(desk.CheckoutOptions{
			Prices: b.gateway, Sessions: b.gateway, Ledger: b.archive.Ledger(), Returns: b.returns,
			Watch: b.changes.Watch, Now: b.now, Log: b.log,
		}),
		Logs:       logs,
		Deliveries: deliveries{b},
		Links: opener.New(opener.Options{
			Getenv: b.desks.o.Getenv, Browser: b.desks.o.Config.Browser.V, Shorten: b.shorten,
		}),
		Watch: b.changes.Watch,
		Close: b.close,
	}
}

// productSource is the source's number as it is now: setup may change it while
// the desk is open.
func (b *builder) productSource(ctx context.Context) (int, error) {
	if b.profile.Sandbox {
		return sandboxSource, nil
	}
	values, _, err := b.desks.profiles.Load(ctx, b.profile.Name)
	return values.ProductSource, err
}

// eventList is Stripe's event list as the syncer reads it.
type eventList struct {
	gateway *stripegw.Gateway
	clock   *clock
}

// EventPage reads one page, when no person's call wants to go first.
func (l eventList) EventPage(ctx context.Context, since, until time.Time, after string, limit int) (events []eventsync.Event, more bool, err error) {
	page, err := l.gateway.EventPage(stripegw.Background(ctx), stripegw.EventQuery{After: after, Since: since, Until: until, Limit: limit})
	l.clock.look()
	if err != nil {
		return nil, false, err
	}
	for _, e := range page.Events {
		events = append(events, eventsync.Event{ID: e.ID, Created: max(0, e.Created.Unix()), Raw: e.Raw})
	}
	return events, page.More, nil
}
