package desk

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"bursar/services"
)

// maxWhere is the longest where query, in bytes.
const maxWhere = 16 << 10

// typeOf reads the part of the where language that works: {"type": "…"}, also
// written {"type": {"$eq": "…"}}, and {} or nothing for every event. All else is
// refused by name, because a condition that is ignored would show the wrong
// events as the right ones.
func typeOf(where json.RawMessage) (string, error) {
	where = bytes.TrimSpace(where)
	switch {
	case len(where) == 0, string(where) == "null":
		return "", nil
	case len(where) > maxWhere:
		return "", badWhere("The where query is longer than 16 KiB.")
	case !utf8.Valid(where) || !json.Valid(where):
		return "", badWhere("The where query is not JSON.")
	case where[0] != '{':
		return "", badWhere("The where query is not an object.")
	}
	r := &whereReader{json.NewDecoder(bytes.NewReader(where))}
	r.next()
	eventType, given := "", false
	for !r.closed() {
		switch key := r.text(); {
		case key != "type":
			return "", unsupported(key)
		case given:
			return "", badWhere(`The where query names "type" twice.`)
		}
		var err error
		if eventType, err = r.equality(); err != nil {
			return "", err
		}
		given = true
	}
	return eventType, nil
}

// whereReader reads the tokens of a text that is known to be valid JSON, so
// that none of its steps can fail.
type whereReader struct{ *json.Decoder }

func (r *whereReader) next() json.Token {
	token, _ := r.Token()
	return token
}

func (r *whereReader) text() string {
	s, _ := r.next().(string)
	return s
}

// closed reports whether the current object has no further key, and leaves it.
func (r *whereReader) closed() bool {
	if r.More() {
		return false
	}
	r.next()
	return true
}

// equality reads what "type" has to equal.
func (r *whereReader) equality() (string, error) {
	value := r.next()
	if value == json.Delim('{') {
		if r.closed() {
			return "", badWhere(`The condition on "type" is empty.`)
		}
		if operator := r.text(); operator != "$eq" {
			return "", unsupported("type." + operator)
		}
		value = r.next()
		if _, nested := value.(json.Delim); !nested && !r.closed() {
			return "", unsupported("type." + r.text())
		}
	}
	text, ok := value.(string)
	if !ok || text == "" {
		return "", badWhere(`"type" can only be compared with the name of an event type.`)
	}
	return text, nil
}

func unsupported(path string) error {
	what, last := "field", path[strings.LastIndexByte(path, '.')+1:]
	if strings.HasPrefix(last, "$") {
		what = "operator"
	}
	if len(path) > 80 {
		path = path[:80] + "…"
	}
	return badWhere("The where query uses the " + what + ` "` + services.Clean(path) + `", which does not work yet.`)
}

func badWhere(message string) error {
	return invalid("reading the log", "where", message, `Use {"type": "charge.succeeded"}, or leave where out.`)
}
