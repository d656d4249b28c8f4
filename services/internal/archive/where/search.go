package where

// maxWords is how many words of an event are searched, the same one counted as
// often as it stands there.
const maxWords = 2048

// Words are the folded words of an event that $search looks through, each once,
// in the order of the event: of names, emails, phone and other numbers,
// descriptions, references, metadata (keys and values) and Stripe ids anywhere
// in data.object, and of the event's id. Secrets, addresses and links are not
// among them. At most 2,048 words count, and 64 bytes of each. An index over
// exactly these words answers as $search does.
func Words(doc []byte) []string {
	var c collector
	r := wordReader{splitter: splitter{emit: c.add}}
	r.event(doc)
	return c.words()
}

// wordMatcher looks for the words of $search in one event after the other.
type wordMatcher struct {
	wordReader

	wanted []string
	found  []bool
	missed int // how many are not found yet
}

// match reports whether each of the wanted words begins a word of the event.
func (m *wordMatcher) match(doc []byte, wanted []string) bool {
	if m.emit == nil {
		m.emit = m.check
	}
	m.wanted, m.missed, m.found = wanted, len(wanted), m.found[:0]
	for range wanted {
		m.found = append(m.found, false)
	}
	m.event(doc)
	return m.missed == 0
}

// check looks which wanted words a word begins with, and goes on until all are
// found.
func (m *wordMatcher) check(word []byte) bool {
	for i, w := range m.wanted {
		if !m.found[i] && len(word) >= len(w) && string(word[:len(w)]) == w {
			m.found[i] = true
			m.missed--
		}
	}
	return m.missed > 0
}

// wordReader goes over an event and splits what is searched of it.
type wordReader struct {
	splitter

	doc     []byte
	key     []byte // of the member that is read, as it is written
	scratch []byte
}

// part is where in an event the reader is.
type part uint8

const (
	partNone part = iota
	partEvent
	partData
	partObject // data.object and what is inside it
	partMetadata
)

// event reads all that is searched of an event.
func (r *wordReader) event(doc []byte) {
	r.doc, r.left = doc, maxWords
	r.value(skipSpace(doc, 0), partEvent, partNone, 0)
}

// value reads the value at i and returns its end, or -1 to stop. below is the
// part that it is if it is an object; in is where it stands.
func (r *wordReader) value(i int, below, in part, depth int) int {
	if i >= len(r.doc) || depth > maxNesting {
		return -1
	}
	switch c := r.doc[i]; {
	case c == '"':
		end := skipString(r.doc, i)
		if end > 0 && r.searched(in, r.doc[i+1:end-1]) && !r.text(r.plain(r.doc[i+1:end-1])) {
			return -1
		}
		return end
	case c == '{' && below != partNone:
		return r.object(i, below, depth)
	case c == '[' && in >= partObject:
		return r.array(i, below, in, depth)
	}
	return skipValue(r.doc, i)
}

// plain is what the text of a JSON string stands for.
func (r *wordReader) plain(text []byte) []byte {
	if !isEscaped(text) {
		return text
	}
	r.scratch = appendText(r.scratch[:0], text)
	return r.scratch
}

func (r *wordReader) array(i int, below, in part, depth int) int {
	key := r.key
	i = skipSpace(r.doc, i+1)
	for i < len(r.doc) && r.doc[i] != ']' {
		r.key = key
		if i = r.value(i, below, in, depth+1); i < 0 {
			return -1
		}
		if i = skipSpace(r.doc, i); i < len(r.doc) && r.doc[i] == ',' {
			i = skipSpace(r.doc, i+1)
		}
	}
	if i >= len(r.doc) {
		return -1
	}
	return i + 1
}

func (r *wordReader) object(i int, in part, depth int) int {
	i = skipSpace(r.doc, i+1)
	for i < len(r.doc) && r.doc[i] == '"' {
		end := skipString(r.doc, i)
		if end < 0 {
			return -1
		}
		r.key = r.doc[i+1 : end-1]
		if in == partMetadata && !r.text(r.plain(r.key)) {
			return -1
		}
		if i = skipSpace(r.doc, end); i >= len(r.doc) || r.doc[i] != ':' {
			return -1
		}
		if i = r.value(skipSpace(r.doc, i+1), in.below(r.key), in, depth+1); i < 0 {
			return -1
		}
		if i = skipSpace(r.doc, i); i < len(r.doc) && r.doc[i] == ',' {
			i = skipSpace(r.doc, i+1)
		}
	}
	if i >= len(r.doc) || r.doc[i] != '}' {
		return -1
	}
	return i + 1
}

// below is the part that an object under a key is.
func (p part) below(key []byte) part {
	switch {
	case p == partEvent && string(key) == "data":
		return partData
	case p == partEvent && string(key) == "related_object", // of thin events
		p == partData && string(key) == "object":
		return partObject
	case p == partObject && string(key) == "metadata":
		return partMetadata
	case p >= partObject:
		return p
	}
	return partNone
}

// searched reports whether the text under the reader's key is searched.
func (r *wordReader) searched(in part, text []byte) bool {
	switch in {
	case partEvent:
		return string(r.key) == "id"
	case partMetadata:
		return true
	case partObject:
		return isNaming(r.key) || isID(text)
	}
	return false
}

// isNaming reports whether what stands under a key of Stripe's names or describes
// something.
func isNaming(key []byte) bool {
	switch string(key) {
	case "id", "name", "email", "phone", "number", "description", "reference", "client_reference_id", "last4", "code",
		"nickname", "display_name", "business_name", "individual_name", "first_name", "last_name", "account_holder_name",
		"customer_name", "customer_email", "customer_phone", "receipt_email", "receipt_number", "payer_email", "payer_name",
		"statement_descriptor", "statement_descriptor_suffix", "calculated_statement_descriptor", "tracking_number":
		return true
	}
	return false
}

// isID reports whether a text looks like an id of Stripe's: a prefix, perhaps the
// mode, and a random part with a digit or an upper-case letter in it
// ("cus_NffrFeUfNV2Hib", "cs_test_a1…"). Client secrets do not.
func isID(text []byte) bool {
	if len(text) < 10 || len(text) > 255 {
		return false
	}
	parts, random, telling := 1, 0, false
	for _, c := range text {
		switch {
		case c == '_':
			if random == 0 || telling {
				return false
			}
			parts, random = parts+1, 0
			continue
		case c >= '0' && c <= '9' || c >= 'A' && c <= 'Z':
			telling = telling || parts > 1
			if parts == 1 && c >= 'A' {
				return false
			}
		case c < 'a' || c > 'z':
			return false
		}
		random++
	}
	return parts > 1 && telling && random >= 8
}
