package sandbox

import (
	"strings"
	"unicode/utf8"
)

// metadataValue checks metadata (2.6): at most 50 keys of at most 40 characters,
// values of at most 500. A nil value unsets its key.
func metadataValue(n *node, name string) (any, error) {
	if n.leaf {
		return nil, invalid(name, "", "Invalid hash")
	}
	if len(n.keys) > 50 {
		return nil, invalid(name, "", "You can only set up to 50 metadata keys.")
	}
	out := object{}
	for _, k := range n.keys {
		kid, at := n.kids[k], nest(name, k)
		switch {
		case !kid.leaf:
			return nil, invalid(at, "", "Metadata values must be strings, but for key '%s' you passed in a hash.", k)
		case k == "" || utf8.RuneCountInString(k) > 40 || strings.ContainsAny(k, "[]"):
			return nil, invalid(at, "", "Metadata keys must be 1 to 40 characters without square brackets; the key '%s' is not.", firstRunes(k, 60))
		case utf8.RuneCountInString(kid.value) > 500:
			return nil, invalid(at, "", "Metadata values can have up to 500 characters, but you passed in a value that is %d characters for the key '%s'.", utf8.RuneCountInString(kid.value), k)
		case kid.value == "":
			out[k] = nil
		default:
			out[k] = kid.value
		}
	}
	return out, nil
}

// mergeMetadata applies an update to an object's metadata: nil removes all, a
// nil value removes its key, others are set.
func mergeMetadata(o object, update any) error {
	given, ok := update.(object)
	if !ok {
		o["metadata"] = object{}
		return nil
	}
	md := hashAt(o, "metadata")
	if md == nil {
		md = object{}
	}
	for k, v := range given {
		if v == nil {
			delete(md, k)
		} else {
			md[k] = v
		}
	}
	if len(md) > 50 {
		return invalid("metadata", "", "You can only set up to 50 metadata keys.")
	}
	o["metadata"] = md
	return nil
}
