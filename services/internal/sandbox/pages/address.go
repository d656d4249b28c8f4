package pages

import (
	"net/url"
	"strings"

	g "maragu.dev/gomponents"
)

// address is where a link or a form leads. Only local, fragment and outside make
// one, and only href and action write it, so that no text becomes an address
// unchecked. The zero address leads nowhere.
type address struct{ to string }

// local is an address on this server, such as "/c/pay/cs_1". Anything else leads
// nowhere.
func local(raw string) address {
	u, err := url.Parse(raw)
	if err != nil {
		return address{}
	}
	to := u.String() // judged as the browser gets it: "/%2f " would become "//%20"
	if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") {
		return address{}
	}
	return address{to}
}

// fragment is a place on the page itself, by its id.
func fragment(id string) address { return address{(&url.URL{Fragment: id}).String()} }

// outside is the merchant's address, when it may be followed.
func outside(raw string) address { return address{link(raw)} }

// leads reports whether there is anywhere to go.
func (a address) leads() bool { return a.to != "" }

func (a address) String() string {
	if a.to == "" {
		return "#"
	}
	return a.to
}

func href(a address) g.Node { return attr("href", a.String()) }

func action(a address) g.Node { return attr("action", a.String()) }

// link returns an absolute address that may be followed, or "". Schemes that run
// or show content in place of leading somewhere are not links.
func link(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" {
		return ""
	}
	switch strings.ToLower(u.Scheme) {
	case "", "javascript", "vbscript", "data", "blob", "file", "filesystem", "about", "view-source":
		return ""
	case "http", "https":
		if u.Host == "" {
			return ""
		}
	}
	return u.String()
}
