package where

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of a query.
const (
	maxQuery   = 64 << 10 // bytes
	maxDepth   = 32       // objects and lists inside each other
	maxMembers = 1000     // members of one list
	maxSearch  = 32       // words of $search
	maxSteps   = 20_000   // size of all patterns together, in steps of matching
)

// reader reads the JSON of a query, keeping the order of keys.
type reader struct {
	decoder *json.Decoder
	depth   int
}

// read reads the JSON text of a query.
func read(raw []byte) (value, error) {
	if len(raw) > maxQuery {
		return value{}, refused("The query is longer than %d KiB.", maxQuery>>10)
	}
	if !utf8.Valid(raw) || hasLoneSurrogate(raw) {
		return value{}, refused("The query is not Unicode text.")
	}
	r := reader{decoder: json.NewDecoder(bytes.NewReader(raw))}
	r.decoder.UseNumber()
	v, err := r.value(nil)
	if err != nil {
		return value{}, notJSON(err)
	}
	if _, err := r.decoder.Token(); !errors.Is(err, io.EOF) {
		return value{}, refused("The query is not JSON: there is more after its end.")
	}
	return v, nil
}

// refused is a refusal that is about no operator.
func refused(format string, args ...any) *Error {
	return &Error{Message: fmt.Sprintf(format, args...)}
}

// notJSON says what is wrong with a text that cannot be read.
func notJSON(err error) error {
	var mine *Error
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &mine):
		return mine
	case errors.As(err, &syntax):
		return refused("The query is not JSON: %s at byte %d.", shorten(syntax.Error()), syntax.Offset)
	}
	return refused("The query is not JSON: it ends too early.")
}

func (r *reader) value(at trail) (value, error) {
	token, err := r.decoder.Token()
	if err != nil {
		return value{}, err
	}
	switch t := token.(type) {
	case json.Delim:
		if r.depth++; r.depth > maxDepth {
			return value{}, &Error{Path: at.String(), Message: fmt.Sprintf("The query nests deeper than %d levels.", maxDepth)}
		}
		defer func() { r.depth-- }()
		if t == '[' {
			return r.list(at)
		}
		return r.object(at)
	case string:
		return value{kind: kindText, text: t}, checkText(t, at)
	case json.Number:
		n, err := strconv.ParseFloat(t.String(), 64)
		if err != nil || math.IsInf(n, 0) {
			return value{}, &Error{Path: at.String(), Message: fmt.Sprintf("The number %s under %q is too large.", shorten(t.String()), at)}
		}
		return value{kind: kindNumber, number: n}, nil
	case bool:
		return value{kind: kindBool, yes: t}, nil
	}
	return value{kind: kindNull}, nil
}

func (r *reader) list(at trail) (value, error) {
	v := value{kind: kindArray}
	for r.decoder.More() {
		if len(v.items) == maxMembers {
			return value{}, &Error{Path: at.String(), Message: fmt.Sprintf("The list under %q has more than %d members.", at, maxMembers)}
		}
		item, err := r.value(at)
		if err != nil {
			return value{}, err
		}
		v.items = append(v.items, item)
	}
	_, err := r.decoder.Token()
	return v, err
}

func (r *reader) object(at trail) (value, error) {
	v := value{kind: kindObject}
	seen := map[string]bool{}
	for r.decoder.More() {
		token, err := r.decoder.Token()
		if err != nil {
			return value{}, err
		}
		key, _ := token.(string) // the decoder takes nothing else for a key
		below := at.at(key)
		if err := checkText(key, at); err != nil {
			return value{}, err
		}
		if seen[key] {
			return value{}, &Error{Path: below.String(), Message: fmt.Sprintf("The query names %q twice in one object.", below)}
		}
		seen[key] = true
		item, err := r.value(below)
		if err != nil {
			return value{}, err
		}
		v.members = append(v.members, member{key, item})
	}
	_, err := r.decoder.Token()
	return v, err
}

// checkText refuses the character that no database takes.
func checkText(text string, at trail) error {
	if strings.IndexByte(text, 0) < 0 {
		return nil
	}
	return &Error{Path: at.String(), Message: fmt.Sprintf("A text under %q has the character U+0000, which cannot be searched for.", at)}
}

// hasLoneSurrogate reports whether JSON text has an escaped half of a UTF-16
// pair, which stands for no character.
func hasLoneSurrogate(raw []byte) bool {
	high := false // the escape before was the first half of a pair
	for i := 0; i < len(raw); i++ {
		unit, ok := uint64(0), false
		if raw[i] == '\\' && i+1 < len(raw) {
			if raw[i+1] == 'u' && i+6 <= len(raw) {
				n, err := strconv.ParseUint(string(raw[i+2:i+6]), 16, 16)
				unit, ok = n, err == nil
			}
			i++
			if ok {
				i += 4
			}
		}
		low := ok && unit >= 0xDC00 && unit <= 0xDFFF
		if low != high {
			return true
		}
		high = ok && unit >= 0xD800 && unit <= 0xDBFF
	}
	return high
}
