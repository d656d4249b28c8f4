package sandbox

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// validator turns a form into typed values. A value that was sent empty, to
// unset it, is present and nil.
type validator struct {
	t       *tx
	unknown []string
}

// validate checks a whole form against an operation's parameters.
func validate(t *tx, form *node, params []param) (object, error) {
	v := &validator{t: t}
	v.collectUnknown(form, params, "")
	switch len(v.unknown) {
	case 0:
	case 1:
		return nil, invalid(v.unknown[0], "parameter_unknown", "Received unknown parameter: %s", v.unknown[0])
	default:
		return nil, invalid(v.unknown[0], "parameter_unknown", "Received unknown parameters: %s", strings.Join(v.unknown, ", "))
	}
	return v.hash(form, params, "")
}

func (v *validator) collectUnknown(n *node, params []param, prefix string) {
	for _, key := range n.keys {
		p, known := find(params, key)
		name := nest(prefix, key)
		if !known {
			v.unknown = append(v.unknown, name)
			continue
		}
		kid := n.kids[key]
		switch {
		case p.kind.name == kHash:
			v.collectUnknown(kid, p.kind.fields, name)
		case p.kind.name == kByCurrency:
			for _, code := range kid.keys {
				v.collectUnknown(kid.kids[code], p.kind.fields, nest(name, code))
			}
		case p.kind.name == kArray && p.kind.of.name == kHash:
			for _, i := range kid.keys {
				v.collectUnknown(kid.kids[i], p.kind.of.fields, nest(name, i))
			}
		}
	}
}

func find(params []param, name string) (param, bool) {
	for _, p := range params {
		if p.name == name {
			return p, true
		}
	}
	return param{}, false
}

func nest(prefix, key string) string {
	if prefix == "" {
		return key
	}
	return prefix + "[" + key + "]"
}

func (v *validator) hash(n *node, params []param, prefix string) (object, error) {
	out := object{}
	for _, p := range params {
		name, kid := nest(prefix, p.name), n.kid(p.name)
		if kid == nil {
			if p.required {
				return nil, invalid(name, "parameter_missing", "Missing required param: %s.", name)
			}
			continue
		}
		if p.absent && kid.leaf && (kid.value == "" || kid.value == "false") {
			continue // asks for nothing
		}
		if p.absent {
			return nil, refused(name, "the parameter '%s'", name)
		}
		if kid.leaf && kid.value == "" && p.kind.name != kArray {
			if p.required {
				return nil, emptyParam(name)
			}
			out[p.name] = nil
			continue
		}
		value, err := v.value(kid, p.kind, name)
		if err != nil {
			return nil, err
		}
		out[p.name] = value
	}
	return out, nil
}

func emptyParam(name string) *apiError {
	return invalid(name, "parameter_invalid_empty", "You passed an empty string for '%s'. We assume empty values are an attempt to unset a parameter; however '%s' cannot be unset. You should remove '%s' from your request or supply a non-empty value.", name, name, name)
}

func (v *validator) value(n *node, k *kind, name string) (any, error) {
	switch k.name {
	case kHash:
		if n.leaf {
			return nil, invalid(name, "", "Invalid object")
		}
		return v.hash(n, k.fields, name)
	case kArray:
		return v.array(n, k, name)
	case kByCurrency:
		return v.byCurrency(n, k, name)
	case kMetadata:
		return metadataValue(n, name)
	case kAnything:
		return n.plain(), nil
	case kSpan:
		if !n.leaf {
			return v.hash(n, []param{opt("gt", seconds), opt("gte", seconds), opt("lt", seconds), opt("lte", seconds)}, name)
		}
		k = seconds
	}
	if !n.leaf {
		return nil, invalid(name, "", "Invalid string: %s", compact(n.plain()))
	}
	return v.scalar(n.value, k, name)
}

func (v *validator) byCurrency(n *node, k *kind, name string) (any, error) {
	out := object{}
	for _, code := range n.keys {
		at := nest(name, code)
		known, err := currencyValue(code, at)
		if err != nil {
			return nil, err
		}
		if n.kids[code].leaf {
			return nil, invalid(at, "", "Invalid object")
		}
		if out[known.(string)], err = v.hash(n.kids[code], k.fields, at); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (v *validator) array(n *node, k *kind, name string) (any, error) {
	if n.leaf && n.value == "" {
		return []any{}, nil
	}
	elements, ok := n.indexes()
	if n.leaf || !ok {
		return nil, invalid(name, "", "Invalid array")
	}
	if len(elements) > k.max {
		return nil, invalid(name, "", "Array %s exceeded maximum %d allowed elements.", name, k.max)
	}
	out := make([]any, 0, len(elements))
	for i, e := range elements {
		at := nest(name, strconv.Itoa(i))
		if e.leaf && e.value == "" {
			return nil, emptyParam(at)
		}
		value, err := v.value(e, k.of, at)
		if err != nil {
			return nil, err
		}
		out = append(out, value)
	}
	return out, nil
}

func (v *validator) scalar(s string, k *kind, name string) (any, error) {
	switch k.name {
	case kInteger:
		return integerValue(s, k.min, name)
	case kTime:
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n < 0 {
			return nil, invalid(name, "parameter_invalid_integer", "Invalid timestamp: must be an integer Unix timestamp in the range (0, 9999999999).")
		}
		return n, nil
	case kMoment:
		if s == "now" {
			return v.t.now, nil
		}
		return v.scalar(s, seconds, name)
	case kDecimal:
		if _, ok := parseDecimal(s); !ok {
			return nil, invalid(name, "", "Invalid decimal: %s; must contain at maximum twelve decimal places.", s)
		}
		return s, nil
	case kNumber:
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return nil, invalid(name, "", "Invalid number: %s", s)
		}
		return f, nil
	case kBoolean:
		if s != "true" && s != "false" {
			return nil, invalid(name, "", "Invalid boolean: %s", s)
		}
		return s == "true", nil
	case kEnum:
		return enumValue(s, k.values, name)
	case kCurrency:
		return currencyValue(s, name)
	case kReference:
		return v.t.referenced(k.object, s, name)
	}
	return textValue(s, k, name)
}

func integerValue(s string, least int64, name string) (any, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	switch {
	case err != nil:
		return nil, invalid(name, "parameter_invalid_integer", "Invalid integer: %s", s)
	case n < least && least > 0:
		return nil, invalid(name, "parameter_invalid_integer", "Invalid positive integer")
	case n < least:
		return nil, invalid(name, "parameter_invalid_integer", "Invalid non-negative integer")
	}
	return n, nil
}

func enumValue(s string, values []string, name string) (any, error) {
	for _, v := range values {
		if s == v {
			return s, nil
		}
	}
	last := name
	if i := strings.LastIndexByte(name, '['); i >= 0 {
		last = strings.TrimRight(name[i+1:], "]")
	}
	if _, err := strconv.Atoi(last); err == nil { // an element has no name of its own
		last = name
	}
	return nil, invalid(name, "", "Invalid %s: must be one of %s", last, orList(values))
}

func orList(values []string) string {
	switch n := len(values); {
	case n == 1:
		return values[0]
	case n == 2:
		return values[0] + " or " + values[1]
	default:
		return strings.Join(values[:n-1], ", ") + ", or " + values[n-1]
	}
}

func textValue(s string, k *kind, name string) (any, error) {
	if utf8.RuneCountInString(s) > k.max {
		return nil, invalid(name, "", "Invalid string: %s…; must be at most %d characters", firstRunes(s, 40), k.max)
	}
	switch k.name {
	case kEmail:
		if !validEmail(s) {
			return nil, invalid(name, "email_invalid", "Invalid email address: %s", s)
		}
	case kURL:
		if !validURL(s) {
			return nil, invalid(name, "url_invalid", "Not a valid URL")
		}
	}
	return s, nil
}

func firstRunes(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}

// plain returns the parameters as they came, values as text.
func (n *node) plain() any {
	if n.leaf {
		return n.value
	}
	if list, ok := n.indexes(); ok && len(list) > 0 {
		out := make([]any, len(list))
		for i, e := range list {
			out[i] = e.plain()
		}
		return out
	}
	out := object{}
	for _, k := range n.keys {
		out[k] = n.kids[k].plain()
	}
	return out
}
