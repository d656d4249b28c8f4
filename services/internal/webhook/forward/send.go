package forward

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"bursar/services"
	"bursar/services/internal/webhook"
)

// SecretFor derives the signing secret of a destination from a key that stays with
// the profile: the same for the same address at every start, another for every
// address, and nothing that leads back to the key.
func SecretFor(key, address string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte("bursar webhook forwarding to "))
	mac.Write([]byte(address))
	return "whsec_" + hex.EncodeToString(mac.Sum(nil))
}

// Bounds of what an answer may be. The rest of it is not read.
const (
	answerBytes  = 64 << 10
	problemBytes = 200
	maxWait      = 5 * time.Minute // of what an answer asks for with Retry-After
)

// sender makes a destination's requests.
type sender struct {
	d      Destination
	now    services.Clock
	client *http.Client
}

func newSender(d Destination, o Options) *sender {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	transport := &http.Transport{
		Proxy: o.Proxy, DialContext: dialer.DialContext, TLSHandshakeTimeout: 10 * time.Second,
		MaxIdleConnsPerHost: o.Parallel, IdleConnTimeout: 60 * time.Second, MaxResponseHeaderBytes: 32 << 10,
	}
	if d.SkipVerify {
		// Whatever the name leads to now, it has to be this machine.
		dialer.Control = onlyThisMachine
		transport.Proxy = nil
		transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true} //nolint:gosec // asked for, and only on loopback
	}
	return &sender{d: d, now: o.Now, client: &http.Client{
		Transport: transport, Timeout: o.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func onlyThisMachine(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil || !ap.Addr().Unmap().IsLoopback() {
		return errors.New("the address leads away from this machine, where certificates have to be verified")
	}
	return nil
}

func (s *sender) close() { s.client.CloseIdleConnections() }

// answer is what came of one request.
type answer struct {
	began   time.Time
	took    time.Duration
	status  int           // 0 when nobody answered
	problem string        // why it counts as failed; empty when it was taken
	wait    time.Duration // what the answer asks for before anything more is sent
}

// send delivers an event's bytes once. Only a 2xx answer is success; redirects are
// not followed.
func (s *sender) send(ctx context.Context, raw []byte) (a answer) {
	a.began = s.now()
	began := time.Now()
	defer func() { a.took = time.Since(began) }()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.d.URL, bytes.NewReader(raw))
	if err != nil {
		a.problem = "The address cannot be used."
		return a
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "bursar (webhook forwarding)")
	req.Header.Set(webhook.SignatureHeader, webhook.Sign(raw, []string{s.d.Secret}, a.began))
	res, err := s.client.Do(req)
	if err != nil {
		a.problem = unreachable(err)
		return a
	}
	defer func() { _ = res.Body.Close() }()
	text, _ := io.ReadAll(io.LimitReader(res.Body, answerBytes)) // the status is what counts
	a.status = res.StatusCode
	if a.status < 200 || a.status > 299 {
		a.problem = refusal(res, text)
		if a.status == http.StatusTooManyRequests || a.status == http.StatusServiceUnavailable {
			a.wait = retryAfter(res.Header.Get("Retry-After"), a.began)
		}
	}
	return a
}

// unreachable says in a few words why nobody answered.
func unreachable(err error) string {
	var outer *url.Error
	if errors.As(err, &outer) {
		if outer.Timeout() {
			return "no answer in time"
		}
		err = outer.Err
	}
	var dial *net.OpError
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return "the connection was closed without an answer"
	case errors.As(err, &dial) && dial.Op == "dial":
		err = dial.Err
	}
	return short(err.Error())
}

// refusal names an answer that is no success, with the first line of what it says.
func refusal(res *http.Response, text []byte) string {
	words := "HTTP " + strconv.Itoa(res.StatusCode)
	if res.StatusCode >= 300 && res.StatusCode <= 399 {
		return words + ": redirects are not followed"
	}
	if said := short(string(text)); said != "" && !strings.Contains(res.Header.Get("Content-Type"), "html") {
		return words + ": " + said
	}
	return words
}

// short is the first line of a text from outside, cleaned and cut.
func short(text string) string {
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	text = strings.TrimSpace(services.Clean(text))
	if len(text) > problemBytes {
		text = strings.ToValidUTF8(text[:problemBytes], "") + "…"
	}
	return text
}

// retryAfter reads a Retry-After header, seconds or a date.
func retryAfter(text string, now time.Time) time.Duration {
	wait := time.Duration(0)
	if seconds, err := strconv.Atoi(text); err == nil {
		wait = time.Duration(min(max(seconds, 0), int(maxWait/time.Second))) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), maxWait)
}
