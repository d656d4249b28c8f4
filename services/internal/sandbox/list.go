package sandbox

import (
	"reflect"
	"sort"
)

// filter is a parameter that a list can be narrowed by.
type filter struct {
	param
	match func(t *tx, o object, value any) bool // nil: the field of that name has the value
}

// by filters on the field of the parameter's name; path is another field's.
func by(name string, k *kind) filter { return filter{param: opt(name, k)} }

func byField(name string, k *kind, path string) filter {
	return filter{opt(name, k), func(_ *tx, o object, v any) bool { return matches(at(o, path), v) }}
}

var pageParams = []param{
	opt("limit", integer), opt("starting_after", text), opt("ending_before", text),
}

// list is GET on the path: newest first, both ways (2.7). keep narrows what the
// list shows when it is not asked for more; nil shows all.
func (r *resource) list(keep func(c *call, o object) bool, filters ...filter) operation {
	return r.listAt(r.path, keep, filters...)
}

func (r *resource) listAt(path string, keep func(c *call, o object) bool, filters ...filter) operation {
	params := concat(pageParams)
	for _, f := range filters {
		params = append(params, f.param)
	}
	return operation{"GET", path, params, false, func(c *call) (object, error) {
		var found []object
		for _, row := range made(c.newest(r.object), c.given["created"]) {
			if row.object()["deleted"] == true || (keep != nil && !keep(c, row.object())) || !passes(c, row.object(), filters) {
				continue
			}
			found = append(found, row.object())
		}
		exists := func(id string) bool { return c.find(r.object, id) != nil }
		return page(c.given, found, c.filled(path), r.noun, exists)
	}}
}

// made cuts rows, newest first, down to the span of time that a list is asked for,
// so that a page of a long history does not look at all of it.
func made(rows []*row, created any) []*row {
	asked, ok := created.(object)
	if !ok {
		return rows
	}
	until, since := object{"lt": asked["lt"], "lte": asked["lte"]}, object{"gt": asked["gt"], "gte": asked["gte"]}
	from := sort.Search(len(rows), func(i int) bool { return within(rows[i].created, until) })
	rows = rows[from:]
	return rows[:sort.Search(len(rows), func(i int) bool { return !within(rows[i].created, since) })]
}

// filled is a route's path with its variables put in.
func (c *call) filled(path string) string { return fillPath(path, c.vars) }

func passes(c *call, o object, filters []filter) bool {
	for _, f := range filters {
		v, sent := c.given[f.name]
		switch {
		case !sent || v == nil:
		case f.match != nil && !f.match(c.tx, o, v), f.match == nil && !matches(o[f.name], v):
			return false
		}
	}
	return true
}

// matches compares a field with what a filter asks: a value, one of an array, a
// span of time, or a hash of fields.
func matches(field, asked any) bool {
	switch asked := asked.(type) {
	case []any:
		for _, one := range asked {
			if matches(field, one) {
				return true
			}
		}
		return false
	case object:
		if h, ok := field.(object); ok {
			for k, v := range asked {
				if !matches(h[k], v) {
					return false
				}
			}
			return true
		}
		n, ok := field.(int64)
		return ok && within(n, asked)
	}
	if linked, ok := field.(object); ok && linked["id"] != nil {
		field = linked["id"]
	}
	return reflect.DeepEqual(field, asked)
}

func within(n int64, s object) bool {
	for op, v := range s {
		bound, ok := v.(int64)
		if !ok {
			continue
		}
		if (op == "gt" && n <= bound) || (op == "gte" && n < bound) || (op == "lt" && n >= bound) || (op == "lte" && n > bound) {
			return false
		}
	}
	return true
}

// page cuts the window that limit and the cursors ask for out of a list that is
// in its order. exists tells a cursor that the filters hide from one that never was.
func page(given object, all []object, url, noun string, exists func(string) bool) (object, error) {
	limit := int64(10)
	if n, ok := given["limit"].(int64); ok {
		limit = min(max(n, 1), 100)
	}
	after, before := str(given, "starting_after"), str(given, "ending_before")
	if after != "" && before != "" {
		return nil, invalid("", "", "Received both starting_after and ending_before parameters. Please pass in only one.")
	}
	from, to := 0, len(all)
	if cursor := after + before; cursor != "" {
		name, place := "starting_after", position(all, cursor)
		if before != "" {
			name = "ending_before"
		}
		switch {
		case !exists(cursor):
			return nil, noSuch(noun, cursor, name)
		case place < 0:
			from = to // the filters hide the cursor: nothing follows it here
		case after != "":
			from = place + 1
		default:
			to = place
		}
	}
	more := int64(to-from) > limit
	if more && before != "" {
		from = to - int(limit)
	} else if more {
		to = from + int(limit)
	}
	data := make([]any, 0, to-from)
	for _, o := range all[from:to] {
		data = append(data, o)
	}
	return object{"object": "list", "data": data, "has_more": more, "url": url, "_total": int64(len(all))}, nil
}

func position(all []object, id string) int {
	for i, o := range all {
		if o["id"] == id {
			return i
		}
	}
	return -1
}

// listEmbedded is GET on a list that lives inside an object, oldest first.
func (r *resource) listEmbedded(name, noun string, elements func(t *tx, o object) []any) operation {
	return operation{"GET", r.path + "/:id/" + name, pageParams, false, func(c *call) (object, error) {
		o, err := r.named(c)
		if err != nil {
			return nil, err
		}
		var all []object
		for _, e := range elements(c.tx, o) {
			all = append(all, e.(object))
		}
		exists := func(id string) bool { return position(all, id) >= 0 }
		return page(c.given, all, c.filled(r.path+"/:id/"+name), noun, exists)
	}}
}
