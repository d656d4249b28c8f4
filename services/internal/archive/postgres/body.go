package postgres

import (
	"strconv"
	"unicode/utf8"
)

// Bounds of what is given to jsonb; other events are queried by their bytes.
const (
	maxBodyDepth  = 200
	maxBodyNumber = 300 // digits, and size of the exponent: what a double holds
)

// storable reports whether jsonb can hold an event, which is JSON already: it
// refuses U+0000, surrogates by themselves and text that is not UTF-8, fails
// where it nests too deep, and keeps numbers that are no doubles.
func storable(raw []byte) bool {
	if !utf8.Valid(raw) {
		return false
	}
	depth := 0
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '{' || c == '[':
			if depth++; depth > maxBodyDepth {
				return false
			}
		case c == '}' || c == ']':
			depth--
		case c == '"':
			n, ok := storableText(raw[i+1:])
			if !ok {
				return false
			}
			i += n
		case c == '-' || c >= '0' && c <= '9':
			n := numberLength(raw[i:])
			if !storableNumber(raw[i : i+n]) {
				return false
			}
			i += n - 1
		}
	}
	return true
}

// storableText reads text behind its opening quote, with the closing one.
func storableText(raw []byte) (length int, ok bool) {
	for i := 0; i < len(raw); i++ {
		switch raw[i] {
		case '"':
			return i + 1, true
		case '\\':
			if i++; i >= len(raw) || raw[i] != 'u' {
				continue
			}
			unit := hex4(raw[i+1:])
			i += 4
			switch {
			case unit == 0, unit >= 0xDC00 && unit < 0xE000:
				return 0, false
			case unit >= 0xD800 && unit < 0xDC00:
				if i+6 >= len(raw) || raw[i+1] != '\\' || raw[i+2] != 'u' {
					return 0, false
				}
				if low := hex4(raw[i+3:]); low < 0xDC00 || low >= 0xE000 {
					return 0, false
				}
				i += 6
			}
		}
	}
	return 0, false
}

// hex4 reads four hexadecimal digits; 0 when there are none.
func hex4(raw []byte) uint64 {
	if len(raw) < 4 {
		return 0
	}
	n, err := strconv.ParseUint(string(raw[:4]), 16, 16)
	if err != nil {
		return 0
	}
	return n
}

func numberLength(raw []byte) int {
	for i, c := range raw {
		switch {
		case c >= '0' && c <= '9', c == '-', c == '+', c == '.', c == 'e', c == 'E':
		default:
			return i
		}
	}
	return len(raw)
}

func storableNumber(raw []byte) bool {
	if len(raw) > maxBodyNumber {
		return false
	}
	for i, c := range raw {
		if c == 'e' || c == 'E' {
			n, err := strconv.Atoi(string(raw[i+1:]))
			return err == nil && n < maxBodyNumber && n > -maxBodyNumber
		}
	}
	return true
}
