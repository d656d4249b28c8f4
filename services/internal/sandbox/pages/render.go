package pages

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash/fnv"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	g "maragu.dev/gomponents"

	"bursar/services"
)

// frame is what every page's head needs.
type frame struct {
	Title string
	Style string // address of the stylesheet
	Icon  string
}

func (s *server) frame(title string) frame {
	return frame{Title: excerpt(services.Clean(title), 120), Style: s.assets.style, Icon: s.assets.icon}
}

// render writes a page, whole or not at all.
func (s *server) render(w http.ResponseWriter, r *http.Request, status int, page g.Node) {
	var drawn bytes.Buffer
	if err := page.Render(&drawn); err != nil {
		s.log.ErrorContext(r.Context(), "drawing a page", "page", r.Pattern, "error", err)
		http.Error(w, "The sandbox could not draw this page.", http.StatusInternalServerError)
		return
	}
	text := bytes.Map(visible, drawn.Bytes())
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(text) // the browser went away: nobody is left to tell
	}
}

// visible drops what a merchant's text could turn the page around with: controls
// and bidi overrides. What is not UTF-8 arrives as U+FFFD.
func visible(r rune) rune {
	if r != '\n' && services.Invisible(r) {
		return -1
	}
	return r
}

// see sends the browser on, as the answer to a form or a short link.
func see(w http.ResponseWriter, r *http.Request, address string) {
	http.Redirect(w, r, address, http.StatusSeeOther)
}

// fail shows an error of the Backend as a page.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	var tooLarge *http.MaxBytesError
	var problem *Problem
	switch code := services.CodeOf(err); {
	case errors.Is(err, context.Canceled):
		return // the browser has gone
	case errors.Is(err, ErrNotFound), code == services.CodeNotFound:
		s.message(w, r, http.StatusNotFound)
	case errors.As(err, &tooLarge):
		s.message(w, r, http.StatusRequestEntityTooLarge)
	case errors.As(err, &problem):
		s.say(w, r, http.StatusBadRequest, problem.Message)
	case code == services.CodeInvalid:
		s.say(w, r, http.StatusBadRequest, services.AsError(err).Message)
	default:
		s.log.ErrorContext(r.Context(), "serving a page", "page", r.Pattern, "error", err)
		s.message(w, r, http.StatusInternalServerError)
	}
}

// mendable returns what a person can put right about err on the page itself,
// with the status to show it under.
func mendable(err error) (*Problem, int, bool) {
	var p *Problem
	switch {
	case errors.Is(err, errStale):
		return &Problem{Message: "This page was opened before the sandbox was last started, so nothing was sent. Please check it and send it again."}, http.StatusForbidden, true
	case errors.As(err, &p):
		return p, http.StatusUnprocessableEntity, true
	}
	return nil, 0, false
}

func (s *server) notFound(w http.ResponseWriter, r *http.Request) {
	s.message(w, r, http.StatusNotFound)
}

// notice is a page with one message.
type notice struct {
	frame
	Heading string
	Text    string
	Code    int
}

func (s *server) message(w http.ResponseWriter, r *http.Request, status int) { s.say(w, r, status, "") }

// say shows the page for a status; text replaces its usual explanation.
func (s *server) say(w http.ResponseWriter, r *http.Request, status int, text string) {
	heading, usual := "Something went wrong", "The sandbox could not do this. Nothing was charged. Go back and try again; if it happens again, its log says why."
	switch status {
	case http.StatusNotFound:
		heading, usual = "There is nothing at this address", "The link may be incomplete or too old, or it belongs to a sandbox that has been reset. Open it again from where you found it."
	case http.StatusBadRequest:
		heading, usual = "This request cannot be used", "The form did not arrive as this page sends it. Go back, load the page again and send it once more."
	case http.StatusForbidden:
		heading, usual = "This was sent from another site", "For your safety the sandbox only takes forms that its own pages send. Nothing was changed."
	case http.StatusMethodNotAllowed:
		heading, usual = "This page cannot be used that way", "Go back to the page before and use its buttons."
	case http.StatusRequestEntityTooLarge:
		heading, usual = "That is too much to send", "The form holds more text than the sandbox takes. Go back and shorten it."
	}
	if text == "" {
		text = usual
	}
	s.render(w, r, status, notice{s.frame(heading), heading, text, status}.draw())
}

// assets are the two files that pages load, addressed by their content.
type assets struct {
	style, icon string // addresses
	files       map[string]asset
}

type asset struct {
	kind string
	data []byte
}

func readAssets() assets {
	a := assets{files: map[string]asset{}}
	load := func(file, base, extension, kind string) string {
		data, err := files.ReadFile(file)
		if err != nil {
			panic(err) // embedded: cannot be missing from a build
		}
		sum := sha256.Sum256(data)
		name := base + "-" + hex.EncodeToString(sum[:6]) + extension
		a.files[name] = asset{kind, data}
		return "/assets/" + name
	}
	a.style = load("style.css", "pages", ".css", "text/css; charset=utf-8")
	a.icon = load("icon.svg", "icon", ".svg", "image/svg+xml")
	return a
}

func (s *server) asset(w http.ResponseWriter, r *http.Request) {
	f, ok := s.assets.files[r.PathValue("file")]
	if !ok {
		s.message(w, r, http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", f.kind)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("Content-Length", strconv.Itoa(len(f.data)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(f.data)
	}
}

// date is spelled so that no reader takes the month for the day.
func date(t time.Time) string { return t.UTC().Format("2 January 2006") }

// iso is the date for programs.
func iso(t time.Time) string { return t.UTC().Format("2006-01-02") }

// moment is a date with its time of day.
func moment(t time.Time) string { return date(t) + ", " + t.UTC().Format("15:04") + " UTC" }

// initial is the letter of a merchant's monogram.
func initial(name string) string {
	for _, r := range name {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return string(unicode.ToUpper(r))
		}
	}
	return "·"
}

// mark picks one of the stylesheet's six monogram colours, always the same for a
// name.
func mark(name string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	return "mark-" + strconv.Itoa(int(h.Sum32()%6))
}

// nameLength is the most of a merchant's name that is shown, in characters.
const nameLength = 80

// excerpt shortens text to at most n characters.
func excerpt(text string, n int) string {
	runes := []rune(text)
	if len(runes) <= n {
		return text
	}
	return strings.TrimSpace(string(runes[:n-1])) + "…"
}
