package sandbox

import (
	"slices"
	"strings"
)

// resource describes one of Stripe's objects.
type resource struct {
	object  string            // Stripe's name for it
	noun    string            // in "No such customer: …"
	path    string            // of its list; empty when it has no routes
	prefix  string            // of its ids
	suffix  int               // characters after the prefix (2.10)
	idParam string            // the param of a 404
	blank   string            // JSON: every top-level field as it is when nothing is set (1.4)
	fields  object            // blank, read
	expand  map[string]string // dotted field -> the object it names (2.6)
	include map[string]func(*tx, object) any
	// sublists are embedded lists, shown with their first ten elements.
	sublists []string
	search   []searchField
	ops      []operation
}

// operation is one route.
type operation struct {
	method, path string
	params       []param
	publishable  bool // a publishable key may call it
	run          func(*call) (object, error)
}

// call is one request being carried out.
type call struct {
	*tx
	vars        map[string]string // from the path
	given       object            // validated parameters
	publishable bool              // called with a publishable key
}

// has reports whether a parameter was sent with a value.
func (c *call) has(path string) bool { return at(c.given, path) != nil }

// own marks a parameter that the operation's code handles, not the echo.
func own(p param) param { p.own = true; return p }

// owned marks copies: groups of parameters are shared between operations.
func owned(params ...param) []param {
	params = slices.Clone(params)
	for i := range params {
		params[i].own = true
	}
	return params
}

// fresh returns a new object of a resource with every field present.
func (t *tx) fresh(kind string) object {
	r := t.srv.resources[kind]
	o := cloneObject(r.fields)
	o["object"] = kind
	o["id"] = t.ids.next(r.prefix, r.suffix)
	if _, ok := o["created"]; ok {
		o["created"] = t.now
	}
	return o
}

// echo stores what was sent in the fields of the same name. A hash keeps what it
// had and shows every field that it can have.
func echo(o, given object, params []param) error {
	for _, p := range params {
		v, sent := given[p.name]
		if !sent || p.own {
			continue
		}
		if p.kind.name == kMetadata {
			if err := mergeMetadata(o, v); err != nil {
				return err
			}
			continue
		}
		if _, has := o[p.name]; !has {
			continue
		}
		if h, ok := v.(object); ok && p.kind.name == kHash {
			v = fillHash(hashAt(o, p.name), h, p.kind.fields)
		}
		o[p.name] = v
	}
	return nil
}

func fillHash(old, given object, fields []param) object {
	out := merge(object{}, old)
	for _, f := range fields {
		v, sent := given[f.name]
		switch inner, isHash := v.(object); {
		case f.absent:
		case !sent:
			out[f.name] = old[f.name]
		case isHash && f.kind.name == kHash:
			out[f.name] = fillHash(hashAt(old, f.name), inner, f.kind.fields)
		case isHash && f.kind.name == kMetadata:
			for k, value := range inner {
				if value == nil {
					delete(inner, k)
				}
			}
			out[f.name] = inner
		default:
			out[f.name] = v
		}
	}
	return out
}

// create is POST on the list: a fresh object, what was sent, then behaviour.
func (r *resource) create(params []param, behave func(*call, object) error) operation {
	return operation{"POST", r.path, params, false, func(c *call) (object, error) {
		o := c.fresh(r.object)
		if err := echo(o, c.given, params); err != nil {
			return nil, err
		}
		if err := behave(c, o); err != nil {
			return nil, err
		}
		return o, nil
	}}
}

// update is POST on one object. behave may look at what it was in c.told.
func (r *resource) update(params []param, behave func(*call, object) error) operation {
	return operation{"POST", r.path + "/:id", params, false, func(c *call) (object, error) {
		if _, err := r.named(c); err != nil {
			return nil, err
		}
		o := c.edit(c.vars["id"])
		if err := echo(o, c.given, params); err != nil {
			return nil, err
		}
		if err := behave(c, o); err != nil {
			return nil, err
		}
		return o, nil
	}}
}

// updated is the behaviour of a plain update: its event.
func updated(kind string) func(*call, object) error {
	return func(c *call, o object) error {
		c.emit(kind+".updated", o)
		return nil
	}
}

// retrieve is GET on one object.
func (r *resource) retrieve() operation {
	return operation{"GET", r.path + "/:id", nil, false, func(c *call) (object, error) {
		if o := c.get(c.vars["id"]); o != nil && o["object"] == r.object {
			return o, nil
		}
		return nil, notFound(r.noun, c.vars["id"], r.idParam)
	}}
}

// named returns the object that the path names, or Stripe's 404.
func (r *resource) named(c *call) (object, error) {
	if o := c.find(r.object, c.vars["id"]); o != nil {
		return o, nil
	}
	return nil, notFound(r.noun, c.vars["id"], r.idParam)
}

// erase is DELETE on one object: it is gone afterwards.
func (r *resource) erase(behave func(*call, object) error) operation {
	return operation{"DELETE", r.path + "/:id", nil, false, func(c *call) (object, error) {
		o, err := r.named(c)
		if err != nil {
			return nil, err
		}
		if err := behave(c, o); err != nil {
			return nil, err
		}
		c.remove(c.vars["id"])
		return deletedStub(o), nil
	}}
}

func deletedStub(o object) object {
	return object{"id": o["id"], "object": o["object"], "deleted": true}
}

// referenced checks that a parameter names an object that exists.
func (t *tx) referenced(kind, id, name string) (any, error) {
	if t.find(kind, id) == nil {
		return nil, noSuch(t.srv.resources[kind].noun, id, name)
	}
	return id, nil
}

// view is an object as it leaves the sandbox.
func (t *tx) view(o object) object {
	if o["deleted"] == true && o["object"] != "discount" { // a discount is shown as it was
		return deletedStub(o)
	}
	out := make(object, len(o))
	for k, v := range o {
		if !strings.HasPrefix(k, "_") {
			out[k] = v
		}
	}
	if r := t.srv.resources[str(o, "object")]; r != nil {
		for _, name := range r.sublists {
			if list := hashAt(o, name); list != nil {
				out[name] = sublist(itemsAt(list, "data"), str(list, "url"))
			}
		}
	}
	return out
}

// sublist is an embedded list: its first ten elements.
func sublist(data []any, url string) object {
	more := len(data) > 10
	if more {
		data = data[:10]
	}
	if data == nil {
		data = []any{}
	}
	return object{"object": "list", "data": data, "has_more": more, "url": url}
}
