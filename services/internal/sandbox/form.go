package sandbox

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Limits on what a request may carry.
const (
	maxBody   = 1 << 20 // bytes
	maxParams = 2000
	maxDepth  = 8
)

// node is one parameter of a form before its meaning is known: a value, or
// children by key in the order they came. Whether keys are indexes or names is
// the schema's to say, because metadata may have the key "0".
type node struct {
	value string
	leaf  bool
	keys  []string
	kids  map[string]*node
}

func (n *node) kid(key string) *node {
	if n == nil || n.kids == nil {
		return nil
	}
	return n.kids[key]
}

func (n *node) add(key string) *node {
	if k := n.kid(key); k != nil {
		return k
	}
	if n.kids == nil {
		n.kids = map[string]*node{}
	}
	k := &node{}
	n.kids[key] = k
	n.keys = append(n.keys, key)
	return k
}

// indexes returns the children in the order of their indexes, gaps closed, and
// false when a key is not an index.
func (n *node) indexes() ([]*node, bool) {
	order := make([]int, 0, len(n.keys))
	for _, k := range n.keys {
		i, err := strconv.Atoi(k)
		if err != nil || i < 0 || strconv.Itoa(i) != k {
			return nil, false
		}
		order = append(order, i)
	}
	slices.Sort(order)
	list := make([]*node, len(order))
	for at, i := range order {
		list[at] = n.kids[strconv.Itoa(i)]
	}
	return list, true
}

var errTooMany = errors.New("too many parameters")

// parseForm reads Stripe's form encoding (2.2) into root: a=, a[k]=, a[0]=,
// a[]= and a[][k]=, where a repeated key starts a new element.
func parseForm(root *node, encoded string) error {
	count := 0
	for pair := range strings.SplitSeq(encoded, "&") {
		if pair == "" {
			continue
		}
		if count++; count > maxParams {
			return errTooMany
		}
		k, v, _ := strings.Cut(pair, "=")
		key, err := url.QueryUnescape(k)
		if err != nil {
			return invalid("", "", "Invalid encoding of a parameter name.")
		}
		value, err := url.QueryUnescape(v)
		if err != nil {
			return invalid(key, "", "Invalid encoding of the value of %s.", key)
		}
		if err := root.set(key, strings.ToValidUTF8(value, "\uFFFD")); err != nil {
			return err
		}
	}
	return nil
}

// set puts one value at the place that its name describes.
func (n *node) set(name, value string) error {
	path, ok := splitName(name)
	if !ok {
		return invalid("", "", "Invalid parameter name: %q. Brackets must be balanced, as in a[b][0].", strings.ToValidUTF8(name, "\uFFFD"))
	}
	if len(path) > maxDepth {
		return invalid(path[0], "", "The parameter %s is nested too deeply.", path[0])
	}
	for i, key := range path {
		if n.leaf {
			return invalid(path[0], "", "Invalid hash: %s is given both a value and keys.", path[0])
		}
		if key == "" && i > 0 {
			key = n.nextIndex(path[i+1:])
		}
		n = n.add(key)
	}
	if len(n.keys) > 0 {
		return invalid(path[0], "", "Invalid hash: %s is given both a value and keys.", path[0])
	}
	n.value, n.leaf = value, true
	return nil
}

// nextIndex decides which element a[] means: a new one, unless a[][k] can still
// fill the last one.
func (n *node) nextIndex(rest []string) string {
	last := len(n.keys) - 1
	if last >= 0 && len(rest) > 0 {
		key := strconv.Itoa(last)
		if open := n.kid(key); open != nil && !open.leaf && !open.has(rest) {
			return key
		}
	}
	return strconv.Itoa(last + 1)
}

func (n *node) has(path []string) bool {
	for _, key := range path {
		if key == "" {
			return false
		}
		if n = n.kid(key); n == nil {
			return false
		}
	}
	return true
}

// splitName splits "a[b][]" into a, b and "".
func splitName(name string) ([]string, bool) {
	head, rest, nested := strings.Cut(name, "[")
	if head == "" || strings.Contains(head, "]") {
		return nil, false
	}
	path := []string{head}
	for nested {
		key, after, closed := strings.Cut(rest, "]")
		if !closed || strings.Contains(key, "[") {
			return nil, false
		}
		path = append(path, key)
		if after == "" {
			return path, true
		}
		if after[0] != '[' {
			return nil, false
		}
		rest = after[1:]
	}
	return path, true
}

// readForm reads a request's parameters from its query and, unless it is a GET,
// its body: DELETE parameters come either way.
func readForm(r *http.Request) (*node, error) {
	root := &node{}
	if err := parseForm(root, r.URL.RawQuery); err != nil {
		return nil, formError(err)
	}
	if r.Method == http.MethodGet {
		return root, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	if err != nil {
		return nil, invalid("", "", "The request's body could not be read, or is larger than %d bytes.", maxBody)
	}
	media, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case len(body) == 0:
		return root, nil
	case media == "multipart/form-data":
		return root, formError(parseMultipart(root, string(body), params["boundary"]))
	case media == "application/json":
		return nil, invalid("", "", "Invalid request: this endpoint takes form-encoded parameters (application/x-www-form-urlencoded), not JSON.")
	}
	return root, formError(parseForm(root, string(body)))
}

func parseMultipart(root *node, body, boundary string) error {
	parts := multipart.NewReader(strings.NewReader(body), boundary)
	for count := 0; ; count++ {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return invalid("", "", "The multipart body could not be read.")
		}
		if count >= maxParams {
			return errTooMany
		}
		if part.FileName() != "" {
			return refused(part.FormName(), "file uploads")
		}
		value, err := io.ReadAll(part)
		if err != nil {
			return invalid("", "", "The multipart body could not be read.")
		}
		if err := root.set(part.FormName(), strings.ToValidUTF8(string(value), "\uFFFD")); err != nil {
			return err
		}
	}
}

func formError(err error) error {
	if errors.Is(err, errTooMany) {
		return invalid("", "", "The request has more than %d parameters.", maxParams)
	}
	return err
}
