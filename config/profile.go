package config

import (
	"crypto/rand"
	"encoding/hex"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// SandboxProfile is the name of the built-in profile. It is never in the file.
const SandboxProfile = "sandbox"

// The modes of a profile, Stripe's test and live mode.
const (
	ModeTest = "test"
	ModeLive = "live"
)

// Profile is one configured account, without its secrets. Empty means not set.
type Profile struct {
	Name           string    `toml:"-"`
	Mode           string    `toml:"mode,omitempty"` // "test" or "live"
	AccountID      string    `toml:"account_id,omitempty"`
	AccountName    string    `toml:"account_name,omitempty"`
	PublishableKey string    `toml:"publishable_key,omitempty"` // "pk_…": public by nature
	ProductSource  int       `toml:"product_source,omitempty"`  // the source's number; 0 when none is chosen
	APIBase        string    `toml:"api_base,omitempty"`        // in place of Stripe's; loopback only, for tests
	WebhookToken   string    `toml:"webhook_token,omitempty"`   // last part of the webhook URL
	WebhookBase    string    `toml:"webhook_base,omitempty"`    // where Stripe reaches bursar, such as "https://pay.example.com"
	WebhookListen  string    `toml:"webhook_listen,omitempty"`  // host:port the receiver listens on
	Archive        string    `toml:"archive,omitempty"`         // absolute path, or a PostgreSQL URL without a password; empty for the usual place
	RequestRate    float64   `toml:"request_rate,omitempty"`    // requests a second to Stripe at most; 0 for what the mode allows
	VerifiedAt     time.Time `toml:"verified_at,omitzero"`      // when Stripe last accepted the secret key; zero if never
	VerifyProblem  string    `toml:"verify_problem,omitempty"`  // why Stripe could not be asked, when saved all the same
}

var (
	profileName  = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)
	webhookToken = regexp.MustCompile(`^[0-9a-f]{21,64}$`)
)

// NewWebhookToken makes the unguessable last part of a webhook URL: 128 bits as
// 32 hexadecimal digits.
func NewWebhookToken() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// CheckProfileName says what is wrong with the name of a profile that is to be
// saved, or nil: lower-case letters, digits and hyphens, 32 at most, and not the
// sandbox's.
func CheckProfileName(name string) error {
	switch {
	case name == SandboxProfile:
		return invalid("profile", `The name "sandbox" belongs to the built-in profile.`, "Choose another name.")
	case !profileName.MatchString(name):
		return invalid("profile", "A profile's name has 1 to 32 lower-case letters, digits or hyphens; this one has not.", "Choose a name such as my-shop.")
	}
	return nil
}

// Check says what is wrong with the profile, or nil.
func (p Profile) Check() error {
	if err := CheckProfileName(p.Name); err != nil {
		return err
	}
	switch {
	case p.Mode != "" && p.Mode != ModeTest && p.Mode != ModeLive:
		return invalid("mode", "The mode of profile "+p.Name+` is neither "test" nor "live".`, "Use the mode its keys belong to.")
	case p.ProductSource < 0:
		return invalid("product_source", "A product source's number is 1 or more.", "Choose one of the sources that exist.")
	case strings.HasPrefix(p.PublishableKey, "sk_"), strings.HasPrefix(p.PublishableKey, "rk_"):
		return invalid("publishable_key", "A secret key stands in the file as the publishable key.", "Remove it from the file, roll the key in Stripe, and enter the new one in bursar's setup.")
	case p.RequestRate != 0 && !(p.RequestRate >= 1 && p.RequestRate <= 1000):
		return invalid("request_rate", "The request rate is not between 1 and 1000 a second.", "Write what Stripe allows the account, such as 25, or remove it for the usual.")
	case p.WebhookToken != "" && !webhookToken.MatchString(p.WebhookToken):
		return invalid("webhook_token", "The webhook token is not 21 to 64 hexadecimal digits.", "Remove it: bursar makes a new one.")
	}
	if err := CheckArchive(p.Archive); err != nil {
		return err
	}
	if err := CheckAPIBase(p.APIBase); err != nil {
		return err
	}
	if err := CheckWebhookBase(p.WebhookBase); err != nil {
		return err
	}
	return CheckListen(p.WebhookListen)
}

// InPostgres reports whether an archive's place is a PostgreSQL URL, not a file.
func InPostgres(archive string) bool {
	return strings.HasPrefix(archive, "postgres://") || strings.HasPrefix(archive, "postgresql://")
}

// CheckArchive says what is wrong with the place of an archive, or nil: an
// absolute path, or a PostgreSQL URL without a password. Empty means the usual
// place.
func CheckArchive(archive string) error {
	switch {
	case archive == "":
		return nil
	case !InPostgres(archive) && strings.Contains(archive, "://"):
		return invalid("archive", "The archive's address is no PostgreSQL URL.", "Write one such as postgres://shop@db.example.com/payments, or the path of a file.")
	case !InPostgres(archive) && !filepath.IsAbs(archive):
		return invalid("archive", "The archive's path is not absolute.", "Write the whole path, or remove it for the usual place.")
	case !InPostgres(archive):
		return nil
	}
	u, err := url.Parse(archive)
	if err != nil || u.Fragment != "" {
		return invalid("archive", "The archive's PostgreSQL URL cannot be read.", "Write one such as postgres://shop@db.example.com/payments?search_path=shop_live.")
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return invalid("archive", "The settings in the archive's PostgreSQL URL cannot be read.", "Write them as in ?search_path=shop_live&sslmode=verify-full.")
	}
	if _, has := u.User.Password(); has || query.Has("password") {
		return invalid("archive", "The archive's URL has a password in it, which would stand in the file for anyone to read.",
			"Remove it from the URL, and put it into ~/.pgpass or the environment variable PGPASSWORD, as for PostgreSQL's own programs.")
	}
	return nil
}

// CheckAPIBase says what is wrong with an API base, or nil. Keys only ever go to
// Stripe or to this machine. Empty means Stripe's own.
func CheckAPIBase(base string) error {
	if base == "" {
		return nil
	}
	u, ok := plainURL(base)
	if !ok || !Loopback(u.Hostname()) || strings.Trim(u.Path, "/") != "" {
		return invalid("api_base", "The API base does not lead to this machine: keys would leave it.", "Use an address such as http://127.0.0.1:12111, or remove it for Stripe's own.")
	}
	return nil
}

// CheckWebhookBase says what is wrong with the address Stripe reaches bursar at,
// or nil: https, or http on this machine. Empty means none.
func CheckWebhookBase(base string) error {
	if base == "" {
		return nil
	}
	u, ok := plainURL(base)
	switch {
	case !ok:
		return invalid("webhook_base", "The webhook address is not a web address.", "Use one such as https://pay.example.com.")
	case u.Scheme == "http" && !Loopback(u.Hostname()):
		return invalid("webhook_base", "The webhook address is http: Stripe delivers to https only.", "Use https, or http on 127.0.0.1 for this machine only.")
	}
	return nil
}

// CheckListen says what is wrong with a host:port to listen on, or nil. Empty
// means any free port on 127.0.0.1.
func CheckListen(addr string) error {
	if addr == "" {
		return nil
	}
	const next = "Use one such as 127.0.0.1:4242."
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return invalid("webhook_listen", "The address to listen on is not host:port.", next)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return invalid("webhook_listen", "The port to listen on is not a number from 0 to 65535.", next)
	}
	if _, err := netip.ParseAddr(host); err != nil && host != "localhost" {
		return invalid("webhook_listen", "The host to listen on is not an IP address of this machine.", next)
	}
	return nil
}

// Loopback reports whether a host name or address is this machine.
func Loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && addr.Unmap().IsLoopback()
}

// plainURL parses an http or https address without user, query and fragment.
func plainURL(text string) (*url.URL, bool) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" ||
		u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return nil, false
	}
	return u, true
}
