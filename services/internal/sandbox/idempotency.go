package sandbox

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"sync"
)

// reply is an answer, and with a key the record of it (2.4).
type reply struct {
	key, path string
	digest    []byte // of the parameters
	status    int
	body      []byte
	request   string // id of the request that was answered first
}

// flights are the idempotency keys whose first request is still being worked on.
type flights struct {
	lock sync.Mutex
	keys map[string]bool
}

func (f *flights) start(key string) bool {
	f.lock.Lock()
	defer f.lock.Unlock()
	if f.keys[key] {
		return false
	}
	if f.keys == nil {
		f.keys = map[string]bool{}
	}
	f.keys[key] = true
	return true
}

func (f *flights) end(key string) {
	f.lock.Lock()
	defer f.lock.Unlock()
	delete(f.keys, key)
}

// once answers a POST with an idempotency key: the first time by doing it, then
// byte for byte as the first time.
func (s *Server) once(w http.ResponseWriter, q *request, path string) {
	if !s.flights.start(q.key) {
		writeError(w, &apiError{status: http.StatusConflict, kind: "idempotency_error", code: "idempotency_key_in_use",
			message: "There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): " + q.key + ". Please try again later."})
		return
	}
	defer s.flights.end(q.key)
	digest := sha256.Sum256(compact(q.form.plain()))
	first, err := s.store.replied(q.key)
	switch {
	case err != nil:
		writeError(w, broken("The sandbox could not read its data file (%v).", err))
	case first == nil:
		w.Header().Set("Original-Request", q.id)
		p, err := s.carryOut(q, func(t *tx, p *reply) {
			p.key, p.path, p.digest = q.key, path, digest[:]
			t.reply = p
		})
		respond(w, p, err)
	case first.path != path || subtle.ConstantTimeCompare(first.digest, digest[:]) == 0:
		writeError(w, &apiError{status: http.StatusBadRequest, kind: "idempotency_error",
			message: "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '" + q.key + "' if you meant to execute a different request."})
	default:
		w.Header().Set("Original-Request", first.request)
		w.Header().Set("Idempotent-Replayed", "true")
		writeBody(w, first.status, first.body)
	}
}
