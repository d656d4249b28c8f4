package archive

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
)

// maxDepth is how deep a payload may nest; encoding/json has the same limit.
const maxDepth = 10_000

var (
	errNotJSON = errors.New("it is not JSON")
	errTooDeep = errors.New("it nests too deep")
)

// scanner reads one JSON text in one pass, checking all of it and copying only
// what it is asked for. An event has some eighty values and bursar indexes a
// dozen of them, so decoding everything would be most of an intake's work.
type scanner struct {
	text  []byte
	at    int
	depth int
}

// peek skips white space and returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	for s.at < len(s.text) {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return c
		}
	}
	return 0
}

func (s *scanner) take(c byte) bool {
	if s.peek() == c && s.at < len(s.text) {
		s.at++
		return true
	}
	return false
}

// end reports whether only white space is left.
func (s *scanner) end() bool {
	s.peek()
	return s.at == len(s.text)
}

// value reads any value and returns its text.
func (s *scanner) value() ([]byte, error) {
	c := s.peek()
	start := s.at
	var err error
	switch c {
	case '{':
		err = s.object(func([]byte) error { _, err := s.value(); return err })
	case '[':
		err = s.array(func() error { _, err := s.value(); return err })
	case '"':
		err = s.skipString()
	case 't':
		err = s.literal("true")
	case 'f':
		err = s.literal("false")
	case 'n':
		err = s.literal("null")
	default:
		err = s.skipNumber()
	}
	return s.text[start:s.at], err
}

// object reads an object and calls member after each key, to read its value.
func (s *scanner) object(member func(key []byte) error) error {
	if !s.take('{') {
		return errNotJSON
	}
	if s.depth++; s.depth > maxDepth {
		return errTooDeep
	}
	if s.take('}') {
		s.depth--
		return nil
	}
	for {
		s.peek()
		start := s.at
		if err := s.skipString(); err != nil {
			return err
		}
		key := s.text[start:s.at]
		if !s.take(':') {
			return errNotJSON
		}
		if err := member(keyOf(key)); err != nil {
			return err
		}
		if s.take(',') {
			continue
		}
		if !s.take('}') {
			return errNotJSON
		}
		s.depth--
		return nil
	}
}

func (s *scanner) array(element func() error) error {
	if !s.take('[') {
		return errNotJSON
	}
	if s.depth++; s.depth > maxDepth {
		return errTooDeep
	}
	if s.take(']') {
		s.depth--
		return nil
	}
	for {
		if err := element(); err != nil {
			return err
		}
		if s.take(',') {
			continue
		}
		if !s.take(']') {
			return errNotJSON
		}
		s.depth--
		return nil
	}
}

func (s *scanner) literal(word string) error {
	if !bytes.HasPrefix(s.text[s.at:], []byte(word)) {
		return errNotJSON
	}
	s.at += len(word)
	return nil
}

func (s *scanner) skipString() error {
	if s.at >= len(s.text) || s.text[s.at] != '"' {
		return errNotJSON
	}
	for s.at++; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case c == '"':
			s.at++
			return nil
		case c < 0x20:
			return errNotJSON
		case c == '\\':
			n := escaped(s.text[s.at+1:])
			if n == 0 {
				return errNotJSON
			}
			s.at += n
		}
	}
	return errNotJSON
}

// escaped returns how many bytes follow the backslash of an escape, 0 when it
// is none.
func escaped(rest []byte) int {
	if len(rest) == 0 {
		return 0
	}
	switch rest[0] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 1
	case 'u':
		if len(rest) < 5 {
			return 0
		}
		for _, c := range rest[1:5] {
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
				return 0
			}
		}
		return 5
	}
	return 0
}

func (s *scanner) skipNumber() error {
	s.byteIf('-')
	switch {
	case s.byteIf('0'):
	case !s.digits():
		return errNotJSON
	}
	if s.byteIf('.') && !s.digits() {
		return errNotJSON
	}
	if s.byteIf('e') || s.byteIf('E') {
		if !s.byteIf('+') {
			s.byteIf('-')
		}
		if !s.digits() {
			return errNotJSON
		}
	}
	return nil
}

func (s *scanner) byteIf(c byte) bool {
	if s.at < len(s.text) && s.text[s.at] == c {
		s.at++
		return true
	}
	return false
}

func (s *scanner) digits() bool {
	start := s.at
	for s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9' {
		s.at++
	}
	return s.at > start
}

// keyOf returns an object key without its quotes and escapes.
func keyOf(quoted []byte) []byte {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1]
	}
	return []byte(textOf(quoted))
}

// textOf returns the string that a JSON text stands for, "" when it is no string.
func textOf(raw []byte) string {
	if len(raw) < 2 || raw[0] != '"' {
		return ""
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1])
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return ""
	}
	return text
}

// integerOf returns the whole number that a JSON text stands for. Numbers that
// int64 does not hold, fractions and exponents are refused.
func integerOf(raw []byte) (int64, bool) {
	n, err := strconv.ParseInt(string(raw), 10, 64)
	return n, err == nil
}
