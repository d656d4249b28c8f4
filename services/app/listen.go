package app

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"time"

	"bursar/config"
	"bursar/services"
	"bursar/services/internal/archive"
	"bursar/services/internal/webhook"
	"bursar/services/internal/webhook/forward"
)

// ListenOptions choose what a receiver in the foreground does.
type ListenOptions struct {
	Profiles []string      // whose webhooks are received, all on one address
	Addr     string        // host:port to listen on; empty: the first profile's, or the usual one
	Status   string        // host:port where /healthz and /metrics answer to everybody; empty: on Addr, to this machine alone
	Forwards []ForwardTo   // where each event is passed on to
	Secret   string        // what the destinations verify with; empty: one for each, made from the profile's key
	Replay   time.Duration // events made within so long before go out first; 0: none
	FromNow  bool          // leave out what waited since an earlier listening

	SkipVerify bool          // accept any TLS certificate of destinations on this machine
	RetryFor   time.Duration // how long a refused event is tried again; 0: 72 hours
}

// ForwardTo is a destination as a person names it.
type ForwardTo struct {
	URL   string
	Types string // event types with wildcards, comma-separated; empty for all
}

// listening is a receiver in the foreground, put together.
type listening struct {
	desks    *Desks
	o        ListenOptions
	metrics  *webhook.Metrics
	profiles []*listeningProfile
	receiver *webhook.Receiver
	servers  []*webhook.Server
	lines    chan services.ListenLine
	feeds    sync.WaitGroup
	stop     context.CancelFunc
	view     services.Listening
	closing  sync.Once
	closed   error
}

// listeningProfile is one profile of it.
type listeningProfile struct {
	*builder
	from      string // the archive's position when it began
	queue     *forward.Queue
	forwarder *forward.Forwarder
	feed      *feed
}

// Listen receives the webhooks of profiles, and passes them on, until it is
// closed. CodeUnavailable with Field "addr" when the address is not to be had.
func (d *Desks) Listen(ctx context.Context, o ListenOptions) (view *services.Listening, err error) {
	l := &listening{desks: d, o: o, metrics: webhook.NewMetrics(), lines: make(chan services.ListenLine, 256), stop: func() {}}
	l.view.Profiles, l.view.Forwards = []services.ListeningProfile{}, []services.Forwarding{}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.close())
		}
	}()
	if err := d.o.Paths.Make(); err != nil {
		return nil, storageError("making bursar's folders", err)
	}
	for _, name := range o.Profiles {
		if err := l.open(ctx, name); err != nil {
			return nil, err
		}
	}
	if err := l.serve(ctx); err != nil {
		return nil, err
	}
	for _, p := range l.profiles {
		if err := l.forward(ctx, p); err != nil {
			return nil, err
		}
	}
	debug.FreeOSMemory() // opening the secrets' file took 128 MiB; receiving takes little
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	l.stop = stop
	for _, p := range l.profiles {
		p.work(ctx, true)
		l.feeds.Go(func() { p.feed.run(running) })
	}
	l.view.Lines, l.view.Ended, l.view.Close = l.lines, l.servers[0].Done(), l.close
	return &l.view, nil
}

// open opens one profile without its pages.
func (l *listening) open(ctx context.Context, name string) error {
	b := &builder{desks: l.desks, use: Interface, now: l.desks.o.Now, log: l.desks.o.Log}
	p := &listeningProfile{builder: b}
	l.profiles = append(l.profiles, p)
	var err error
	if name == services.SandboxProfile {
		err = b.openSandbox(ctx)
	} else {
		err = b.openProfile(ctx, name)
	}
	if err == nil {
		err = b.openStore(ctx)
	}
	if err != nil {
		return err
	}
	l.say(b.notice())
	if b.shop == nil {
		secrets, err := l.desks.profiles.signingSecrets(ctx, name)
		if err != nil {
			return err
		}
		if len(secrets) == 0 {
			l.say("The profile " + name + " has no signing secret: its webhooks are refused until you enter it with bursar config signing-secret.")
		}
	}
	page, err := b.archive.List(ctx, archive.Query{})
	p.from = page.Position
	p.feed = newFeed(b, page, l.lines)
	return err
}

func (l *listening) say(notice string) {
	l.view.Notice = strings.TrimSpace(l.view.Notice + " " + notice)
}

// serve starts receiving.
func (l *listening) serve(ctx context.Context) error {
	var targets []webhook.Target
	for _, p := range l.profiles {
		targets = append(targets, p.receiver.target())
	}
	log := l.desks.o.Log
	l.receiver = webhook.New(targets, webhook.Options{Now: l.desks.o.Now, Log: log, Metrics: l.metrics})
	socket, err := l.listen(ctx)
	if err != nil {
		return err
	}
	l.servers = append(l.servers, webhook.Serve(socket, l.receiver.Routes(), webhook.ServerOptions{Log: log, Metrics: l.metrics}))
	l.view.Address = reachable(socket.Addr())
	l.view.Status = l.view.Address
	if l.o.Status != "" {
		socket, err := listenOn(ctx, l.o.Status, "metrics")
		if err != nil {
			return err
		}
		l.servers = append(l.servers, l.receiver.ServeStatus(socket))
		l.view.Status = reachable(socket.Addr())
	}
	for _, p := range l.profiles {
		p.receiver.listening(l.view.Address)
		shown := services.ListeningProfile{Profile: p.profile, Reach: services.ReachLoopback, URL: l.view.Address + webhook.PathPrefix + p.receiver.token}
		if base, err := url.Parse(p.values.WebhookBase); err == nil && p.values.WebhookBase != "" {
			shown.URL = p.values.WebhookURL("")
			if base.Scheme == "https" && !config.Loopback(base.Hostname()) {
				shown.Reach = services.ReachPublic
			}
		}
		l.view.Profiles = append(l.view.Profiles, shown)
	}
	return nil
}

// listen takes the address that is asked for or set up; the usual one is only a
// habit, and any other does as well.
func (l *listening) listen(ctx context.Context) (net.Listener, error) {
	addr := l.o.Addr
	if addr == "" {
		addr = l.profiles[0].values.WebhookListen
	}
	if addr != "" {
		return listenOn(ctx, addr, "addr")
	}
	socket, err := listenOn(ctx, defaultListen, "addr")
	if errors.Is(err, syscall.EADDRINUSE) {
		socket, err = listenOn(ctx, "127.0.0.1:0", "addr")
		if err == nil {
			l.say("Port 8787 is in use: " + reachable(socket.Addr()) + " is used instead.")
		}
	}
	return socket, err
}

func listenOn(ctx context.Context, addr, field string) (net.Listener, error) {
	if err := config.CheckListen(addr); err != nil {
		return nil, services.Invalid(field, services.Clean(addr)+" is not an address to listen on.", "Use one such as 127.0.0.1:8787.")
	}
	var lc net.ListenConfig
	socket, err := lc.Listen(ctx, "tcp", addr)
	if err == nil {
		return socket, nil
	}
	e := &services.Error{Code: services.CodeUnavailable, Op: "starting to listen", Field: field, Err: err,
		Message: "Nothing can listen on " + services.Clean(addr) + ".", Next: "Choose another address, such as 127.0.0.1:0 for any free port."}
	if errors.Is(err, syscall.EADDRINUSE) {
		e.Message = "The address " + services.Clean(addr) + " is in use by another program."
	}
	return nil, e
}

// reachable is a listener's address as this machine reaches it.
func reachable(a net.Addr) string {
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return "http://" + a.String()
	}
	ip := ap.Addr().Unmap()
	if ip.IsUnspecified() {
		ip = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	return "http://" + netip.AddrPortFrom(ip, ap.Port()).String()
}

// close ends it in order: nothing new comes in, what was accepted is stored, what
// is being passed on gets a moment, and then the profiles are closed.
func (l *listening) close() error {
	l.closing.Do(func() {
		var err error
		for _, p := range l.profiles {
			if p.stop != nil {
				p.stop() // the sandbox is told before the server is gone
			}
			p.workers.Wait()
		}
		for _, s := range l.servers {
			err = errors.Join(err, s.Close())
		}
		if l.receiver != nil {
			err = errors.Join(err, l.receiver.Close())
		}
		for _, p := range l.profiles {
			if p.forwarder != nil {
				err = errors.Join(err, p.forwarder.Close())
			}
			if p.queue != nil {
				err = errors.Join(err, p.queue.Close())
			}
		}
		l.stop()
		l.feeds.Wait()
		close(l.lines)
		for _, p := range l.profiles {
			err = errors.Join(err, p.close())
		}
		l.closed = err
	})
	return l.closed
}
