package pages

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"bursar/services"
)

// maxForm is the largest form that is read, in bytes. The longest honest one is
// two addresses and a comment.
const maxForm = 64 << 10

// tokenField is the form field that carries the form token.
const tokenField = "form_token"

// errStale is a form whose token is not this server's: the page was drawn
// before the sandbox was started again, or by somebody else.
var errStale = errors.New("the form's token does not fit")

// guard sets the headers that every answer carries and refuses what another
// site sends (spec/stripe-sandbox, section 6.3).
func (s *server) guard(next http.Handler) http.Handler {
	origins := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy("'self'"))
		h.Set("X-Frame-Options", "DENY")
		h.Set("X-Content-Type-Options", "nosniff")
		// Not "no-referrer": browsers then send "Origin: null" with our own forms.
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if err := origins.Check(r); err != nil {
			s.message(w, r, http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// policy is the Content-Security-Policy of a page whose forms may lead to the
// given sources.
func policy(formAction string) string {
	return "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action " + formAction
}

// allowLeaving lets this page's form end on the merchant's site. Browsers apply
// form-action to every redirect after a form, the merchant's own ones included,
// so a single origin is not enough. An app's own scheme ("myapp://done") is
// allowed when the session's success URL has it.
func allowLeaving(w http.ResponseWriter, successURL string) {
	sources := "'self' http: https:"
	if u, err := url.Parse(link(successURL)); err == nil && u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https" {
		sources += " " + u.Scheme + ":"
	}
	w.Header().Set("Content-Security-Policy", policy(sources))
}

// formToken is the token of the forms about one session or portal token.
func (s *server) formToken(subject string) string {
	mac := hmac.New(sha256.New, s.secret)
	mac.Write([]byte(subject))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// readForm reads a submitted form about subject. errStale leaves the form's
// values readable, so that the page can be shown again with what was typed;
// any other error is for fail.
func (s *server) readForm(w http.ResponseWriter, r *http.Request, subject string) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return err
		}
		return &services.Error{Code: services.CodeInvalid, Op: "reading a form", Err: err}
	}
	if !hmac.Equal([]byte(r.PostForm.Get(tokenField)), []byte(s.formToken(subject))) {
		return errStale
	}
	return nil
}

// value is a submitted field without the spaces around it.
func value(r *http.Request, name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
