package exchange

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"time"

	"bursar/services"
	"bursar/services/internal/archive"
)

// An event stands on one line of an export, so that its white space is taken out
// unless it has none that ends lines. The envelope's layout says how the received
// bytes come back: nothing for the bytes as they stand there, the width of the
// prefix for Stripe's indentation, and for all others they stand beside it.
const (
	layoutAsIs = ""
	layoutRaw  = "base64"
)

// onOneLine returns an event on one line, and what makes the received bytes of it.
func onOneLine(raw []byte) (line []byte, layout string) {
	if compact, prefix, ok := archive.Compact(raw); ok {
		return compact, strconv.Itoa(prefix)
	}
	if n := len(raw); n > 1 && raw[0] == '{' && raw[n-1] == '}' && !bytes.ContainsAny(raw, "\r\n") {
		return raw, layoutAsIs
	}
	return withoutSpace(raw), layoutRaw
}

// withoutSpace takes the white space between the tokens of a JSON text out.
func withoutSpace(raw []byte) []byte {
	out := make([]byte, 0, len(raw))
	inside, escaped := false, false
	for _, c := range raw {
		switch {
		case escaped:
			escaped = false
		case inside && c == '\\':
			escaped = true
		case c == '"':
			inside = !inside
		case !inside && (c == ' ' || c == '\t' || c == '\n' || c == '\r'):
			continue
		}
		out = append(out, c)
	}
	return out
}

// asReceived is the inverse of onOneLine; raw are the received bytes in base64
// for layoutRaw.
func asReceived(line []byte, layout, raw string) ([]byte, string) {
	switch layout {
	case layoutAsIs:
		return line, ""
	case layoutRaw:
		received, err := base64.StdEncoding.DecodeString(raw)
		if err != nil {
			return line, "its received bytes are no base64"
		}
		return received, ""
	}
	prefix, err := strconv.Atoi(layout)
	if err != nil || prefix < 0 || prefix > 64 {
		return line, "its layout is unknown"
	}
	if _, reason := archive.FactsOf(line); reason != "" { // only JSON can be indented
		return line, reason
	}
	return archive.Indent(withoutSpace(line), prefix), ""
}

// envelope is what stands around an event that keeps how it came. "event" is the
// last member of it.
type envelope struct {
	Bursar   int                  `json:"bursar"` // the envelope's version
	Received time.Time            `json:"received"`
	Source   services.EventSource `json:"source"`
	Layout   *string              `json:"layout,omitempty"`
	Raw      string               `json:"raw,omitempty"` // base64
	Event    json.RawMessage      `json:"event,omitempty"`
}

const (
	envelopeVersion = 1
	envelopeMark    = `"bursar"`
	envelopeEvent   = `,"event":`
)

// appendEnvelope appends an event in its envelope.
func appendEnvelope(out []byte, e services.Event) ([]byte, error) {
	line, layout := onOneLine(e.Raw)
	v := envelope{Bursar: envelopeVersion, Received: e.Received.UTC(), Source: e.Source}
	if layout != layoutAsIs {
		v.Layout = &layout
	}
	if layout == layoutRaw {
		v.Raw = base64.StdEncoding.EncodeToString(e.Raw)
	}
	head, err := json.Marshal(v)
	if err != nil {
		return out, err
	}
	out = append(out, head[:len(head)-1]...)
	out = append(out, envelopeEvent...)
	return append(append(out, line...), '}'), nil
}

// open takes a value of a file out of its envelope, if it is in one. An event is
// never taken for an envelope: it has an id, which that has not.
func open(value []byte) (kept archive.Kept, problem string) {
	kept.Raw = value
	if !bytes.Contains(value, []byte(envelopeMark)) {
		return kept, ""
	}
	v, event := envelope{}, []byte(nil)
	head, rest, found := bytes.Cut(value, []byte(envelopeEvent))
	if found && len(rest) > 0 && rest[len(rest)-1] == '}' && strict(append(head[:len(head):len(head)], '}'), &v) {
		event = rest[:len(rest)-1]
	} else if v = (envelope{}); strict(value, &v) { // another program put its members in another order
		event = v.Event
	} else {
		return kept, ""
	}
	if v.Bursar != envelopeVersion {
		return kept, "its envelope is of a newer version of bursar"
	}
	if event == nil && v.Raw == "" {
		return kept, "its envelope is empty"
	}
	layout := layoutAsIs
	if v.Layout != nil {
		layout = *v.Layout
	}
	kept.Source, kept.Received = sourceOf(string(v.Source)), v.Received
	raw, problem := asReceived(event, layout, v.Raw)
	if problem == "" {
		kept.Raw = raw
	}
	return kept, problem
}

// strict decodes one JSON value that has no members but those of v.
func strict(text []byte, v *envelope) bool {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode(v) == nil && !d.More()
}

// sourceOf reads how an event came.
func sourceOf(text string) services.EventSource {
	switch s := services.EventSource(text); s {
	case services.SourceWebhook, services.SourceList:
		return s
	}
	return services.SourceImport
}
