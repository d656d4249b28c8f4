package where

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// The functions here go over JSON text without taking it apart. They trust that
// the text was checked when it was taken in: of what no query asks for they look
// only at brackets and quotes. A negative result means that it is no JSON.

// class tells the bytes apart that end or nest something.
var class = [256]uint8{'"': classQuote, '{': classOpen, '[': classOpen, '}': classClose, ']': classClose}

const (
	classQuote uint8 = iota + 1
	classOpen
	classClose
)

// skipSpace returns the next place that is no white space; at the end, len(doc).
func skipSpace(doc []byte, i int) int {
	for i < len(doc) && doc[i] <= ' ' && (doc[i] == ' ' || doc[i] == '\n' || doc[i] == '\t' || doc[i] == '\r') {
		i++
	}
	return i
}

// skipString returns the end of the string whose opening quote is at i.
func skipString(doc []byte, i int) int {
	for i++; i < len(doc); i++ {
		n := bytes.IndexByte(doc[i:], '"')
		if n < 0 {
			return -1
		}
		i += n
		escapes := 0
		for doc[i-1-escapes] == '\\' { // ends at the opening quote at the latest
			escapes++
		}
		if escapes%2 == 0 {
			return i + 1
		}
	}
	return -1
}

// skipValue returns the end of the value that begins at i.
func skipValue(doc []byte, i int) int {
	if i >= len(doc) {
		return -1
	}
	switch class[doc[i]] {
	case classQuote:
		return skipString(doc, i)
	case classOpen:
		return skipNested(doc, i)
	}
	return skipWord(doc, i)
}

// skipNested returns the end of the object or array that begins at i.
func skipNested(doc []byte, i int) int {
	depth := 0
	for i < len(doc) {
		switch class[doc[i]] {
		case classQuote:
			if i = skipString(doc, i); i < 0 {
				return -1
			}
			continue
		case classOpen:
			depth++
		case classClose:
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return -1
}

// skipWord returns the end of the number or the literal that begins at i.
func skipWord(doc []byte, i int) int {
	start := i
	for i < len(doc) && doc[i] != ',' && doc[i] != '}' && doc[i] != ']' && doc[i] > ' ' {
		i++
	}
	if i == start {
		return -1
	}
	return i
}

// isEscaped reports whether the text of a JSON string stands for other bytes
// than its own: it has escapes, or bytes that are no UTF-8.
func isEscaped(text []byte) bool {
	return bytes.IndexByte(text, '\\') >= 0 || !utf8.Valid(text)
}

// appendText appends what the text of a JSON string stands for. As encoding/json
// does, it puts U+FFFD for half a UTF-16 pair and for what is no UTF-8.
func appendText(out, text []byte) []byte {
	for i := 0; i < len(text); {
		if text[i] != '\\' {
			r, size := utf8.DecodeRune(text[i:])
			out = utf8.AppendRune(out, r)
			i += size
			continue
		}
		r, size := unescape(text[i:])
		if utf16.IsSurrogate(r) {
			low, more := unescape(text[i+size:])
			if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
				size += more
			}
		}
		out = utf8.AppendRune(out, r)
		i += size
	}
	return out
}

// unescape reads the escape at the start of text: a UTF-16 unit, and how many
// bytes it takes. What is no escape is U+FFFD.
func unescape(text []byte) (unit rune, size int) {
	if len(text) < 2 || text[0] != '\\' {
		return utf8.RuneError, min(1, len(text))
	}
	switch c := text[1]; c {
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		return hexUnit(text)
	default:
		return rune(c), 2
	}
}

func hexUnit(text []byte) (unit rune, size int) {
	if len(text) < 6 {
		return utf8.RuneError, len(text)
	}
	for _, c := range text[2:6] {
		unit <<= 4
		switch {
		case c >= '0' && c <= '9':
			unit |= rune(c - '0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			unit |= rune(c|0x20-'a') + 10
		default:
			return utf8.RuneError, 6
		}
	}
	return unit, 6
}
