package returns

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"net/http"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

//go:embed page.css
var pageCSS string

// page is what a return page says.
type page struct {
	Mark  string // one sign, for the eye only
	Tone  string // class of the mark: ask, calm, none
	Title string
	Text  []string
}

var (
	paidPage = page{"…", "ask", "You can go back to the terminal", []string{
		"bursar is asking Stripe for the result and shows it there.",
		"This page does not know whether the payment went through. Please do not pay again before you have looked.",
	}}
	cancelPage = page{"↩", "calm", "Nothing was paid here", []string{
		"You left the checkout before paying.",
		"It can still be paid until it expires. In the terminal you can open it again, or close it for good.",
		"You can go back to the terminal.",
	}}
	portalPage = page{"✓", "calm", "You can go back to the terminal", []string{
		"You left the billing portal, and the terminal has noticed.",
		"What you changed there appears in the customer’s log.",
	}}
	unknownPage = page{"?", "none", "There is nothing to see here", []string{
		"The address is not complete, or too old.",
		"The terminal shows how your checkout stands.",
	}}
)

// policy allows the page's own stylesheet and nothing else.
func policy() string {
	sum := sha256.Sum256([]byte(pageCSS))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

// draw is the page whole.
func (p page) draw() g.Node {
	return h.Doctype(h.HTML(h.Lang("en"),
		h.Head(
			h.Meta(h.Charset("utf-8")),
			h.Meta(h.Name("viewport"), h.Content("width=device-width, initial-scale=1")),
			h.Meta(h.Name("color-scheme"), h.Content("light dark")),
			h.TitleEl(g.Text(p.Title+" · bursar")),
			h.StyleEl(g.Raw(pageCSS)), // browsers do not unescape it
		),
		h.Body(
			h.Main(
				h.P(h.Class("mark "+p.Tone), h.Aria("hidden", "true"), g.Text(p.Mark)),
				h.H1(g.Text(p.Title)),
				g.Map(p.Text, func(text string) g.Node { return h.P(g.Text(text)) }),
			),
			h.Footer(g.Text("bursar, on this computer")),
		),
	))
}

// show writes a page. Nothing of the request appears on it.
func show(w http.ResponseWriter, status int, p page) {
	var body bytes.Buffer
	if err := p.draw().Render(&body); err != nil {
		http.Error(w, "You can go back to the terminal.", http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", policy())
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer") // the state is in the address
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Robots-Tag", "noindex")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes())
}
