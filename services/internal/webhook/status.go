package webhook

import (
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/prometheus/common/expfmt"

	"bursar/config"
	"bursar/services"
)

// Health is a receiver's state as /healthz tells it.
type Health struct {
	Status   string          `json:"status"` // "ok", or "failing" when one of the profiles is
	Profiles []ProfileHealth `json:"profiles"`
}

// ProfileHealth is one target's state.
type ProfileHealth struct {
	Profile string `json:"profile"`
	Status  string `json:"status"`  // "ok" or "failing"
	Waiting int    `json:"waiting"` // deliveries that wait to be stored
	Problem string `json:"problem"` // why the last ones were not stored; empty when they were
}

// Health says whether deliveries are being stored.
func (r *Receiver) Health() Health {
	h := Health{Status: "ok", Profiles: []ProfileHealth{}}
	for _, t := range r.targets {
		waiting, _, problem := t.intake.state()
		p := ProfileHealth{Profile: t.name, Status: "ok", Waiting: waiting}
		if problem != nil {
			p.Status, p.Problem, h.Status = "failing", services.Clean(services.AsError(problem).Message), "failing"
		}
		h.Profiles = append(h.Profiles, p)
	}
	return h
}

// Routes serves deliveries, and to this machine alone the counters: whoever
// reaches the receiver from outside, also through a tunnel or a proxy on this
// machine, is told that there is nothing.
func (r *Receiver) Routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", r)
	for _, path := range []string{"/healthz", "/metrics"} {
		mux.Handle(path, ownMachine(r.Status(), r))
	}
	return mux
}

// Status serves GET /healthz (JSON; 503 while something cannot be stored) and
// GET /metrics (Prometheus text) to everybody who reaches it.
func (r *Receiver) Status() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		h := r.Health()
		w.Header().Set("Content-Type", "application/json")
		if h.Status != "ok" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(h) // whoever asked may be gone
	})
	mux.Handle("GET /metrics", r.opts.Metrics)
	return mux
}

// ServeHTTP writes every counter as Prometheus text.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	families, err := m.registry.Gather()
	if err != nil {
		http.Error(w, "The counters cannot be read.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", string(expfmt.NewFormat(expfmt.TypeTextPlain)))
	for _, family := range families {
		if _, err := expfmt.MetricFamilyToText(w, family); err != nil {
			return // whoever asked is gone
		}
	}
}

// ownMachine gives requests of this machine's own programs to one handler and all
// others to another. A proxy's or a tunnel's requests come from this machine too:
// they carry the name that the outside knows, or say whom they come from.
func ownMachine(own, others http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from, err := netip.ParseAddrPort(r.RemoteAddr)
		host, _, splitErr := net.SplitHostPort(r.Host)
		if splitErr != nil {
			host = strings.Trim(r.Host, "[]")
		}
		handler := own
		if err != nil || !from.Addr().Unmap().IsLoopback() || !config.Loopback(host) {
			handler = others
		}
		for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via"} {
			if r.Header.Get(name) != "" {
				handler = others
			}
		}
		handler.ServeHTTP(w, r)
	})
}

// waitForScrape is how long whoever reads the counters may take.
const waitForScrape = 10 * time.Second

// ServeStatus serves Status on an address of its own, until the returned server
// is closed.
func (r *Receiver) ServeStatus(l net.Listener) *Server {
	return Serve(l, r.Status(), ServerOptions{Log: r.opts.Log, Connections: 32, Read: waitForScrape})
}
