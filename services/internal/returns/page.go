package returns

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"sync"
)

//go:embed page.html
var pageHTML string

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

// document is the template, and the policy that allows its stylesheet and nothing
// else.
var document = sync.OnceValues(func() (*template.Template, string) {
	sum := sha256.Sum256([]byte(pageCSS))
	policy := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	t := template.New("page").Funcs(template.FuncMap{"css": func() template.CSS { return template.CSS(pageCSS) }})
	return template.Must(t.Parse(pageHTML)), policy
})

// show writes a page. Nothing of the request appears on it.
func show(w http.ResponseWriter, status int, p page) {
	t, policy := document()
	var body bytes.Buffer
	if err := t.Execute(&body, p); err != nil {
		http.Error(w, "You can go back to the terminal.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer") // the state is in the address
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes())
}
