package forward

import (
	"net/url"
	"strings"

	"bursar/config"
	"bursar/services"
)

// The limits of what one destination's list of types may be.
const (
	maxTypes      = 64
	maxTypeLength = 100
)

// Types are event types, with "*" for any run of characters: "charge.*",
// "invoice.paid", "*.failed". None means every type.
type Types []string

// ParseTypes reads a comma-separated list of event types. An empty text means
// every type.
func ParseTypes(text string) (Types, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var types Types
	for _, t := range strings.Split(text, ",") {
		t = strings.TrimSpace(t)
		if !isType(t) {
			return nil, services.Invalid("events", quoted(t)+" is not an event type.",
				"Use names such as invoice.paid, with * for any part: charge.*,invoice.paid.")
		}
		types = append(types, t)
	}
	if len(types) > maxTypes {
		return nil, services.Invalid("events", "There are more than 64 event types.", "Use * for several at once, such as charge.*.")
	}
	return types, nil
}

// isType reports whether a text may name event types: Stripe's are lower-case
// words with dots between them.
func isType(t string) bool {
	if t == "" || len(t) > maxTypeLength || strings.Contains(t, "**") {
		return false
	}
	if strings.Trim(t, "abcdefghijklmnopqrstuvwxyz0123456789_.*") != "" {
		return false
	}
	return strings.ContainsAny(t, ".*")
}

// Match reports whether an event's type is one of them.
func (t Types) Match(eventType string) bool {
	if len(t) == 0 {
		return true
	}
	for _, pattern := range t {
		if wild(pattern, eventType) {
			return true
		}
	}
	return false
}

// wild matches a text against a pattern in which "*" stands for any run of
// characters, in time that is linear for one star and at worst the product of the
// lengths: the last star's run is made longer until the rest fits.
func wild(pattern, text string) bool {
	p, t, star, from := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, t
			p++
		case p < len(pattern) && pattern[p] == text[t]:
			p, t = p+1, t+1
		case star >= 0:
			from++
			p, t = star+1, from
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// ParseDestination reads "URL" or "URL=types". An address that itself ends in
// something like "=charge.x" takes "=*" behind it.
func ParseDestination(text string) (address string, types Types) {
	if at := strings.LastIndexByte(text, '='); at >= 0 {
		if list, wrong := ParseTypes(text[at+1:]); wrong == nil && len(list) > 0 {
			return text[:at], list
		}
	}
	return text, nil
}

// CheckDestination says what is wrong with an address that events shall go to, or
// nil. Events hold what people bought: those of a live account travel encrypted
// unless they stay on this machine.
func CheckDestination(address string, live, skipVerify bool) error {
	const field = "forward_to"
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return services.Invalid(field, quoted(address)+" is not a web address.", "Use one such as http://localhost:3000/webhooks.")
	case u.User != nil:
		return services.Invalid(field, "The address holds a name or a password.", "Leave them out: the receiver checks the signature.")
	case u.Fragment != "":
		return services.Invalid(field, "The address ends in a fragment (#…), which is never sent.", "Leave it out.")
	case live && u.Scheme == "http" && !config.Loopback(u.Hostname()):
		return services.Invalid(field, "Events of a live account would travel unencrypted to "+services.Clean(u.Hostname())+".", "Use https.")
	case skipVerify && !config.Loopback(u.Hostname()):
		return services.Invalid("skip_verify", "Certificates of "+services.Clean(u.Hostname())+" have to be verified: it is not this machine.", "Leave --skip-verify out.")
	}
	return nil
}

// quoted repeats what was given, short enough for a message.
func quoted(text string) string {
	text = services.Clean(text)
	if len(text) > 60 {
		text = strings.ToValidUTF8(text[:60], "") + "…"
	}
	return `"` + text + `"`
}
