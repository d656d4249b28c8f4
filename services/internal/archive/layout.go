package archive

import "bytes"

// maxPrefix is the widest prefix that Compact looks for.
const maxPrefix = 64

// Compact takes the white space out of JSON that stands in Stripe's layout: two
// spaces for each level, one after a colon, none in what is empty, and before
// every line but the first a prefix of spaces, which an event has in a list. ok
// says that it was so, and that Indent gives back exactly raw. What stands
// otherwise, or is no JSON, is not ok.
func Compact(raw []byte) (compact []byte, prefix int, ok bool) {
	if len(raw) < 4 || raw[0] != '{' || raw[1] != '\n' {
		return nil, 0, false
	}
	prefix = len(raw[2:]) - len(bytes.TrimLeft(raw[2:], " ")) - 2
	if prefix < 0 || prefix > maxPrefix {
		return nil, 0, false
	}
	out := make([]byte, 0, len(raw))
	depth := 0
	for i := 0; i < len(raw); {
		c := raw[i]
		switch c {
		case '"':
			end := endOfString(raw, i)
			if end < 0 {
				return nil, 0, false
			}
			out = append(out, raw[i:end]...)
			i = end
			continue
		case '{', '[':
			out = append(out, c)
			i++
			if i < len(raw) && raw[i] == c+2 { // "}" and "]" follow their openings two places later
				out = append(out, raw[i])
				i++
				continue
			}
			depth++
			if i = skipLine(raw, i, prefix+2*depth); i < 0 {
				return nil, 0, false
			}
			if i < len(raw) && (raw[i] == '\n' || raw[i] == c+2) { // Indent would leave it empty
				return nil, 0, false
			}
			continue
		case ',':
			out = append(out, c)
			if i = skipLine(raw, i+1, prefix+2*depth); i < 0 {
				return nil, 0, false
			}
			continue
		case ':':
			if i+1 >= len(raw) || raw[i+1] != ' ' {
				return nil, 0, false
			}
			out = append(out, c)
			i += 2
			continue
		case '\n':
			depth--
			if i = skipLine(raw, i, prefix+2*depth); i < 0 || depth < 0 || i >= len(raw) || raw[i] != '}' && raw[i] != ']' {
				return nil, 0, false
			}
			out = append(out, raw[i])
			i++
			continue
		case ' ', '\t', '\r', '}', ']':
			return nil, 0, false
		}
		end := i + 1
		for end < len(raw) && isPlain(raw[end]) {
			end++
		}
		out = append(out, raw[i:end]...)
		i = end
	}
	return out, prefix, depth == 0
}

// isPlain reports whether a byte can be part of a number or a literal.
func isPlain(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c == '.' || c == '-'
}

// skipLine expects a new line and so many spaces at i, and returns what follows;
// -1 when they do not stand there.
func skipLine(raw []byte, i, spaces int) int {
	end := i + 1 + spaces
	if spaces < 0 || end > len(raw) || raw[i] != '\n' {
		return -1
	}
	for at := i + 1; at < end; at += len(blank) {
		n := min(len(blank), end-at)
		if string(raw[at:at+n]) != blank[:n] {
			return -1
		}
	}
	return end
}

// blank is a run of spaces.
const blank = "                                                                "

// endOfString returns where the string that begins at i is over, or -1.
func endOfString(raw []byte, i int) int {
	for at := i + 1; ; {
		n := bytes.IndexByte(raw[at:], '"')
		if n < 0 {
			return -1
		}
		at += n
		slashes := 0
		for raw[at-1-slashes] == '\\' {
			slashes++
		}
		at++
		if slashes%2 == 0 {
			return at
		}
	}
}

// Indent is the inverse of Compact.
func Indent(compact []byte, prefix int) []byte {
	out := make([]byte, 0, 2*len(compact)+len(compact)/2)
	depth := 0
	line := func() {
		out = append(out, '\n')
		for n := prefix + 2*depth; n > 0; n -= len(blank) {
			out = append(out, blank[:min(n, len(blank))]...)
		}
	}
	for i := 0; i < len(compact); i++ {
		switch c := compact[i]; c {
		case '"':
			end := endOfString(compact, i)
			if end < 0 { // Compact never makes such
				end = len(compact)
			}
			out = append(out, compact[i:end]...)
			i = end - 1
		case '{', '[':
			out = append(out, c)
			if i+1 < len(compact) && compact[i+1] == c+2 {
				i++
				out = append(out, compact[i])
				continue
			}
			depth++
			line()
		case '}', ']':
			depth--
			line()
			out = append(out, c)
		case ',':
			out = append(out, c)
			line()
		case ':':
			out = append(out, c, ' ')
		default:
			out = append(out, c)
		}
	}
	return out
}
