package sandbox

import "strings"

// show is an answer as it leaves the sandbox: private notes left out, and what
// expand asks for put in (2.6).
func (t *tx) show(o object, expand []string) (object, error) {
	total := o["_total"]
	out := t.view(o)
	if isList(o) {
		data := make([]any, 0, len(itemsAt(o, "data")))
		for _, e := range itemsAt(o, "data") {
			data = append(data, t.view(e.(object)))
		}
		out["data"] = data
	}
	if len(expand) == 0 {
		return out, nil
	}
	out = cloneObject(out)
	for _, path := range expand {
		if path == "total_count" && isList(o) {
			out["total_count"] = total
			continue
		}
		segments := strings.Split(path, ".")
		if len(segments) > 4 {
			return nil, invalid("", "", "You cannot expand more than 4 levels of a property. The property that you are trying to expand, '%s', has %d levels.", path, len(segments))
		}
		if err := t.expand(out, segments, path); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func isList(o object) bool { return o["object"] == "list" || o["object"] == "search_result" }

func (t *tx) expand(o object, segments []string, whole string) error {
	if isList(o) {
		if segments[0] != "data" {
			return invalid("expand", "", "This property cannot be expanded (%s). You may want to try expanding 'data.%s' instead.", whole, whole)
		}
		if len(segments) == 1 {
			return nil
		}
		for _, e := range itemsAt(o, "data") {
			if err := t.expand(e.(object), segments[1:], whole); err != nil {
				return err
			}
		}
		return nil
	}
	if o["deleted"] == true {
		return nil
	}
	r := t.srv.resources[str(o, "object")]
	if r == nil {
		return cannotExpand(whole)
	}
	return t.expandField(r, o, o, "", segments, whole)
}

// expandField walks from a hash inside owner; prefix is the way to it.
func (t *tx) expandField(r *resource, owner, h object, prefix string, segments []string, whole string) error {
	name, rest := segments[0], segments[1:]
	full := prefix + name
	if build, ok := r.include[full]; ok {
		if _, done := h[name].(object); !done {
			if v := build(t, owner); v != nil {
				h[name] = v
			}
		}
		return t.expandRest(h[name], rest, whole)
	}
	if kind, ok := r.expand[full]; ok {
		if id, ok := h[name].(string); ok && kind != "" {
			if target := t.get(id); target != nil {
				h[name] = cloneObject(t.view(target))
			}
		}
		return t.expandRest(h[name], rest, whole)
	}
	if len(rest) > 0 && r.leadsOn(full+".") {
		return t.expandInside(r, owner, h[name], full+".", rest, whole)
	}
	return cannotExpand(whole)
}

// expandInside goes on in a hash, or in each hash of an array.
func (t *tx) expandInside(r *resource, owner object, v any, prefix string, segments []string, whole string) error {
	switch v := v.(type) {
	case object:
		return t.expandField(r, owner, v, prefix, segments, whole)
	case []any:
		for _, e := range v {
			if err := t.expandInside(r, owner, e, prefix, segments, whole); err != nil {
				return err
			}
		}
	}
	return nil
}

// expandRest goes on below a property that has been expanded.
func (t *tx) expandRest(v any, rest []string, whole string) error {
	o, ok := v.(object)
	if !ok || len(rest) == 0 {
		return nil
	}
	return t.expand(o, rest, whole)
}

func (r *resource) leadsOn(prefix string) bool {
	for k := range r.expand {
		if strings.HasPrefix(k, prefix) {
			return true
		}
	}
	for k := range r.include {
		if strings.HasPrefix(k, prefix) {
			return true
		}
	}
	return false
}

func cannotExpand(whole string) error {
	return invalid("expand", "", "This property cannot be expanded (%s).", whole)
}
