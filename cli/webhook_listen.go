package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bursar/config"
	"bursar/services"
	"bursar/services/app"
	"bursar/tui/layout"
)

// listenFlags are what a listening is told.
type listenFlags struct {
	app.ListenOptions
	to     []string
	events string
	secret bool
	all    bool
	replay string
}

func (s *session) webhookListen() *cobra.Command {
	var f listenFlags
	cmd := &cobra.Command{
		Use: "listen", Short: "Receive webhooks until it is stopped, and pass them on", Args: cobra.NoArgs,
		Long: "Receives webhooks in the foreground and prints a line for each event. Nothing is\n" +
			"answered with success before it is archived.\n\n" +
			"--forward-to passes each event on with the original bytes: in order for each\n" +
			"object, again until it is taken, and where it stopped at the next start. The\n" +
			"signing secret that is printed stays the same for the same address.\n\n" +
			"Where Stripe cannot deliver, events are read from its list and passed on as well.",
		Example: "  bursar webhook listen\n" +
			"  bursar webhook listen --forward-to http://localhost:3000/webhooks\n" +
			"  bursar webhook listen --forward-to 'http://localhost:3000/pay=charge.*,invoice.paid' --replay 2h\n" +
			"  bursar webhook listen --profile shop --profile school --addr 127.0.0.1:8787",
	}
	flags := cmd.Flags()
	flags.StringVar(&f.Addr, "addr", "", "host:port to listen on (the profile's own, else 127.0.0.1:8787)")
	flags.StringArrayVar(&f.to, "forward-to", nil, "pass events on to this address, or to ADDRESS=types; may be given again")
	flags.StringVar(&f.events, "events", "", "the event types to pass on, such as charge.*,invoice.paid (all)")
	flags.BoolVar(&f.secret, "forward-secret", false, "sign with a secret of your own (BURSAR_FORWARD_SECRET, or asked for)")
	flags.StringVar(&f.replay, "replay", "", "pass on again what was made within so long before: 30m, 2h, 3d")
	flags.BoolVar(&f.FromNow, "from-now", false, "leave out what waits since an earlier listening")
	flags.DurationVar(&f.RetryFor, "retry-for", 0, "how long an event that is refused is tried again (72h)")
	flags.BoolVar(&f.SkipVerify, "skip-verify", false, "accept any TLS certificate, on this machine only")
	flags.StringArrayVar(&f.Profiles, "profile", nil, "a profile to receive for; may be given again (BURSAR_PROFILE)")
	flags.BoolVar(&f.all, "all-profiles", false, "receive for every profile that is set up")
	flags.StringVar(&f.Status, "metrics", "", "host:port where /healthz and /metrics answer everybody (on --addr, to this machine only)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		desks, cfg, err := s.desks()
		if err != nil {
			return err
		}
		if err := s.listenOptions(&f, cfg); err != nil {
			return err
		}
		ctx, cancel := s.limit(cmd.Context(), 0)
		defer cancel()
		return s.listen(ctx, desks, f.ListenOptions)
	}
	return cmd
}

// listenOptions completes the options from flags, settings, environment and stdin.
func (s *session) listenOptions(f *listenFlags, cfg config.Config) error {
	switch {
	case f.all && len(f.Profiles) > 0:
		return usageError{fmt.Errorf("--profile and --all-profiles do not go together")}
	case len(f.to) == 0 && (f.events != "" || f.secret || f.replay != "" || f.SkipVerify || f.FromNow):
		return usageError{fmt.Errorf("--events, --forward-secret, --replay, --from-now and --skip-verify need --forward-to")}
	case f.all:
		for _, p := range cfg.Profiles() {
			f.Profiles = append(f.Profiles, p.Name)
		}
	case len(f.Profiles) == 0 && cfg.Profile.V != "":
		f.Profiles = []string{cfg.Profile.V}
	}
	if len(f.Profiles) == 0 {
		return &services.Error{Code: services.CodeNotConfigured, Message: "No profile is set up yet.",
			Next: "Set one up with bursar config set, or use --profile sandbox to try everything without an account."}
	}
	for n, name := range f.Profiles {
		for _, other := range f.Profiles[:n] {
			if name == other {
				return usageError{fmt.Errorf("the profile %s is named twice", services.Clean(name))}
			}
		}
	}
	for _, to := range f.to {
		f.Forwards = append(f.Forwards, app.ParseForward(to, f.events))
	}
	if f.replay != "" {
		since, err := timeBefore("replay", f.replay, time.Now())
		if err != nil {
			return err
		}
		f.Replay = time.Since(since)
	}
	if !f.secret {
		return nil
	}
	if f.Secret = s.getenv("BURSAR_FORWARD_SECRET"); f.Secret == "" {
		var err error
		if f.Secret, err = s.readSecret("Signing secret of the destinations"); err != nil {
			return err
		}
	}
	if bad := services.CheckSigningSecret(f.Secret); bad != nil {
		bad.Field, bad.Next = "forward_secret", "Use one that starts with whsec_, or leave --forward-secret out to get one."
		return bad
	}
	return nil
}

// listen receives and prints until it is interrupted, which is its ordinary end.
func (s *session) listen(ctx context.Context, desks *app.Desks, o app.ListenOptions) error {
	if o.Replay > 0 {
		s.notice("Reading what Stripe's event list has first.")
	}
	l, err := desks.Listen(ctx, o)
	if err != nil {
		return err
	}
	closed := make(chan error, 1)
	go func() {
		select {
		case <-ctx.Done():
		case <-l.Ended:
		}
		closed <- l.Close()
	}()
	p := &listenPrinter{session: s, out: bufio.NewWriter(s.Stdout), many: len(l.Profiles) > 1, hosts: len(o.Forwards) > 1}
	failed := p.begin(l)
	for line := range l.Lines {
		if failed == nil {
			failed = p.line(line, len(l.Lines) == 0)
		}
	}
	if err := <-closed; err != nil {
		return err
	}
	return failed
}

// listenPrinter prints what a listening tells.
type listenPrinter struct {
	session *session
	out     *bufio.Writer
	many    bool // profiles: each line names its own
	hosts   bool // several destinations: each result names its own
}

// begin says what is received, and what to do with it.
func (p *listenPrinter) begin(l *services.Listening) error {
	if p.session.flags.json {
		return p.json(map[string]any{"listening": l}, true)
	}
	p.session.notice(l.Notice)
	var pairs [][2]string
	for _, x := range l.Profiles {
		pairs = append(pairs, [2]string{"profile", x.Profile.Name + ", " + string(x.Profile.Mode) + " mode"}, [2]string{"webhook URL", x.URL})
		if x.Reach == services.ReachLoopback && !x.Profile.Sandbox {
			p.session.notice("Stripe cannot reach " + x.Profile.Name + "'s address: its events are read from Stripe's list. Set a public one with bursar config set --webhook-base.")
		}
	}
	for _, f := range l.Forwards {
		types := "every event"
		if len(f.Types) > 0 {
			types = strings.Join(f.Types, ", ")
		}
		pairs = append(pairs, [2]string{"forward to", services.Clean(f.URL) + " (" + types + ")"}, [2]string{"signing secret", f.Secret})
		if f.Waiting > 0 {
			pairs = append(pairs, [2]string{"waiting", fmt.Sprintf("%d events of before go out first", f.Waiting)})
		}
	}
	pairs = append(pairs, [2]string{"counters", l.Status + "/metrics, /healthz"})
	if err := p.session.facts(pairs); err != nil {
		return err
	}
	_, err := fmt.Fprintln(p.session.Stdout, "\nctrl+c stops it.")
	return err
}

// line prints one line; last flushes it.
func (p *listenPrinter) line(l services.ListenLine, last bool) error {
	if p.session.flags.json {
		return p.json(l, last)
	}
	if l.Missed > 0 {
		fmt.Fprintf(p.out, "… %d more\n", l.Missed)
	}
	e := l.Event
	if e.ID != "" {
		amount := ""
		if e.Amount != nil {
			amount = e.Amount.String()
		}
		cells := []string{l.Time.Local().Format(time.TimeOnly), pad(e.Type, 30), pad(e.Customer, 18), pad(amount, 10), pad(string(e.Outcome), 9), e.ID}
		if p.many {
			cells = append([]string{pad(l.Profile, 10)}, cells...)
		}
		fmt.Fprintln(p.out, strings.TrimRight(strings.Join(append(cells, p.results(l)), "  "), " "))
	}
	if !last {
		return nil
	}
	return p.out.Flush()
}

// results is what became of an event.
func (p *listenPrinter) results(l services.ListenLine) string {
	var words []string
	for _, d := range l.Deliveries {
		text := deliveryWords(d)
		if p.hosts {
			if u, err := url.Parse(d.URL); err == nil {
				text = u.Host + " " + text
			}
		}
		words = append(words, text)
	}
	if l.Waiting > 0 {
		words = append(words, "waits")
	}
	if len(words) == 0 {
		return ""
	}
	return "→ " + strings.Join(words, ", ")
}

// deliveryWords is an attempt in a few words.
func deliveryWords(d services.Delivery) string {
	text := fmt.Sprintf("%d in %d ms", d.Status, d.Took)
	if d.Outcome != services.DeliveryDone {
		text = services.Clean(d.Problem)
	}
	if d.Attempt > 1 {
		text += fmt.Sprintf(" (attempt %d)", d.Attempt)
	}
	switch {
	case d.Outcome == services.DeliveryGivenUp:
		text += "; given up"
	case !d.Next.IsZero():
		text += "; again in " + waitWords(d.Next.Sub(d.Time)-time.Duration(d.Took)*time.Millisecond)
	}
	return text
}

func waitWords(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return fmt.Sprintf("%.0f min", d.Minutes())
}

// json writes one object on a line.
func (p *listenPrinter) json(v any, last bool) error {
	enc := json.NewEncoder(p.out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil || !last {
		return err
	}
	return p.out.Flush()
}

// pad fills a cell; what is wider is not cut, so that it can be copied.
func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-layout.Width(text)))
}
