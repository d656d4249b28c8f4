package webhook

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are the counters of receivers and of what they forward, in a registry
// of their own. Labels are profiles' names, verdicts and hosts; never a token, a
// secret or a whole address.
type Metrics struct {
	registry *prometheus.Registry

	unknown     prometheus.Counter
	deliveries  *prometheus.CounterVec
	secrets     *prometheus.CounterVec
	duplicates  *prometheus.CounterVec
	quarantined *prometheus.CounterVec
	last        *prometheus.GaugeVec
	skew        *prometheus.HistogramVec
	batch       *prometheus.HistogramVec
	commit      *prometheus.HistogramVec
	forwards    *prometheus.CounterVec
	forwarding  *prometheus.HistogramVec
	connections *prometheus.CounterVec
}

// NewMetrics makes counters that stand at nothing.
func NewMetrics() *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "bursar", Subsystem: "webhook", Name: name, Help: help}, labels)
		m.registry.MustRegister(c)
		return c
	}
	histogram := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "bursar", Subsystem: "webhook", Name: name, Help: help, Buckets: buckets}, labels)
		m.registry.MustRegister(h)
		return h
	}
	m.unknown = counter("unknown_total", "Requests under a token that no profile has.").WithLabelValues()
	m.deliveries = counter("deliveries_total", "Deliveries by how they were answered.", "profile", "verdict")
	m.secrets = counter("signatures_total", "Right signatures by the secret that they were made with.", "profile", "secret")
	m.duplicates = counter("duplicates_total", "Stored deliveries of events that were archived already.", "profile")
	m.quarantined = counter("quarantined_total", "Stored deliveries that are no events and were kept aside.", "profile")
	m.forwards = counter("forward_attempts_total", "Attempts to pass an event on.", "profile", "destination", "outcome")
	m.connections = counter("connections_total", "Connections by what became of them: taken, refused because there were too many, given up because they kept silent.", "outcome")
	m.skew = histogram("signature_skew_seconds", "How much later than its signature's time a delivery came, by the clock here.",
		[]float64{-300, -60, -10, -2, 0, 2, 10, 60, 300}, "profile")
	m.batch = histogram("batch_deliveries", "Deliveries stored together.", prometheus.ExponentialBuckets(1, 2, 9), "profile")
	m.commit = histogram("commit_seconds", "How long storing a batch took.", prometheus.ExponentialBuckets(0.00025, 2, 15), "profile")
	m.forwarding = histogram("forward_seconds", "How long an attempt to pass an event on took.", prometheus.ExponentialBuckets(0.001, 2, 15), "profile", "destination")
	m.last = prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "bursar", Subsystem: "webhook", Name: "last_delivery_timestamp_seconds",
		Help: "When a delivery was last stored."}, []string{"profile"})
	m.registry.MustRegister(m.last)
	return m
}

// Gauge adds a figure that is asked for when somebody reads the counters.
// labels are names and values, in turn.
func (m *Metrics) Gauge(name, help string, value func() float64, labels ...string) {
	fixed := prometheus.Labels{}
	for i := 0; i+1 < len(labels); i += 2 {
		fixed[labels[i]] = labels[i+1]
	}
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: "bursar", Subsystem: "webhook", Name: name, Help: help, ConstLabels: fixed}, value))
}

// Forwarded counts an attempt to pass an event on to a host.
func (m *Metrics) Forwarded(profile, host, outcome string, took time.Duration) {
	m.forwards.WithLabelValues(profile, host, outcome).Inc()
	m.forwarding.WithLabelValues(profile, host).Observe(took.Seconds())
}

// counters are one profile's. They are looked up once: a delivery only adds.
type counters struct {
	metrics     *Metrics
	profile     string
	verdicts    map[string]prometheus.Counter
	duplicates  prometheus.Counter
	quarantined prometheus.Counter
	last        prometheus.Gauge
	skew        prometheus.Observer
	batch       prometheus.Observer
	commit      prometheus.Observer
}

func (m *Metrics) profile(name string) *counters {
	c := &counters{metrics: m, profile: name, verdicts: map[string]prometheus.Counter{},
		duplicates: m.duplicates.WithLabelValues(name), quarantined: m.quarantined.WithLabelValues(name), last: m.last.WithLabelValues(name),
		skew: m.skew.WithLabelValues(name), batch: m.batch.WithLabelValues(name), commit: m.commit.WithLabelValues(name)}
	for _, v := range verdicts() {
		c.verdicts[v.name] = m.deliveries.WithLabelValues(name, v.name)
	}
	return c
}

// watch shows how much waits in an intake.
func (c *counters) watch(in *intake) {
	c.metrics.Gauge("queue_deliveries", "Deliveries that wait to be stored.", func() float64 {
		waiting, _, _ := in.state()
		return float64(waiting)
	}, "profile", c.profile)
	c.metrics.Gauge("queue_bytes", "Bytes of the deliveries that wait to be stored.", func() float64 {
		_, bytes, _ := in.state()
		return float64(bytes)
	}, "profile", c.profile)
}

func (c *counters) verdict(v verdict) { c.verdicts[v.name].Inc() }

// signed counts a signature that matches a secret, whatever its time.
func (c *counters) signed(m Match) {
	if m.Secret == "" {
		return
	}
	c.metrics.secrets.WithLabelValues(c.profile, m.Secret).Inc()
	c.skew.Observe(m.Skew.Seconds())
}

func (c *counters) stored(s stored, now time.Time) {
	c.batch.Observe(float64(s.deliveries))
	c.commit.Observe(s.took.Seconds())
	c.duplicates.Add(float64(s.duplicates))
	c.quarantined.Add(float64(max(0, s.deliveries-s.added-s.duplicates)))
	c.last.Set(float64(now.UnixMilli()) / 1000)
}
