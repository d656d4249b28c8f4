// Package archivetest holds every store of events to the contract of
// archive.Archive, and has a PostgreSQL server to run such tests on.
package archivetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"bursar/services"
	"bursar/services/internal/archive"
	"bursar/services/internal/archive/where"
)

// Noon is what the clock of every archive under test says.
var Noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// Place makes room for one new, empty archive. open opens it, each time with
// another handle, as another process would; the handle has Noon as its clock,
// looks for others' changes often, and is closed with the test.
type Place func(t testing.TB) (open func() archive.Archive)

// Run holds the archives of a store to the contract.
func Run(t *testing.T, place Place) {
	for name, test := range map[string]func(*testing.T, Place){
		"EventComesBackAsItCame":             eventComesBackAsItCame,
		"DuplicatesAndConflicts":             duplicatesAndConflicts,
		"RestoreKeepsWhenAndHow":             restoreKeepsWhenAndHow,
		"PoisonIsKeptAside":                  poisonIsKeptAside,
		"ManyAddAtOnce":                      manyAddAtOnce,
		"CustomersAreFoundInAnyOrder":        customersAreFoundInAnyOrder,
		"OrderAndPaging":                     orderAndPaging,
		"WhereSelectsAsTheEvaluator":         whereSelectsAsTheEvaluator,
		"QueriesEndAndTell":                  queriesEndAndTell,
		"KeysetPages":                        keysetPages,
		"Refusals":                           refusals,
		"EmptyArchive":                       emptyArchive,
		"TypesAndHealth":                     typesAndHealth,
		"Cursors":                            cursors,
		"Has":                                has,
		"Arrivals":                           arrivals,
		"ArrivalsWhileOthersAdd":             arrivalsWhileOthersAdd,
		"Ledger":                             ledger,
		"WatchTellsOwnAndOthersCommits":      watchTellsOwnAndOthersCommits,
		"WatchMergesAndIsSilent":             watchMergesAndIsSilent,
		"WatchEnds":                          watchEnds,
		"GivenUpAtAnyMoment":                 givenUpAtAnyMoment,
		"ClosedAndGivenUp":                   closedAndGivenUp,
		"WhatWasStoredIsThereAfterReopening": storedIsThereAfterReopening,
	} {
		t.Run(name, func(t *testing.T) { test(t, place) })
	}
}

// Event renders an event as Stripe does; object is JSON.
func Event(id, kind string, created int64, object string) []byte {
	return fmt.Appendf(nil, `{
  "id": %q,
  "object": "event",
  "api_version": "2023-10-16",
  "created": %d,
  "data": {
    "object": %s
  },
  "livemode": false,
  "pending_webhooks": 1,
  "request": {
    "id": "req_%s",
    "idempotency_key": null
  },
  "type": %q
}`, id, created, object, id, kind)
}

// Charge renders a charge.succeeded of a customer.
func Charge(id string, created int64, customer string) []byte {
	return Event(id, "charge.succeeded", created, fmt.Sprintf(`{"id":"ch_%s","object":"charge","customer":%q,"amount":500,"currency":"eur"}`, id, customer))
}

// Add stores events as from Stripe's list and checks how many were new.
func Add(t testing.TB, a archive.Archive, wantAdded, wantDuplicates int, raws ...[]byte) {
	t.Helper()
	added, duplicates, err := a.Add(context.Background(), services.SourceList, raws)
	if err != nil {
		t.Fatal(err)
	}
	if added != wantAdded || duplicates != wantDuplicates {
		t.Errorf("Add: %d added, %d duplicates; want %d, %d", added, duplicates, wantAdded, wantDuplicates)
	}
}

// List lists, and wants it to work.
func List(t testing.TB, a archive.Archive, q archive.Query) services.LogPage {
	t.Helper()
	page, err := a.List(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// all selects everything a small archive has.
func all() archive.Query { return archive.Query{Limit: services.MaxLogLimit} }

// OfType asks for the events of one type.
func OfType(kind string) *where.Query { return Where(fmt.Sprintf(`{"type":%q}`, kind)) }

// Where is the query of a JSON text that is right.
func Where(text string) *where.Query {
	q, err := where.Parse([]byte(text))
	if err != nil {
		panic(err)
	}
	return q
}

func counts(t *testing.T, a archive.Archive) archive.Counts {
	t.Helper()
	c, err := a.Counts(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func ids(events []services.Event) []string {
	found := []string{}
	for _, e := range events {
		found = append(found, e.ID)
	}
	return found
}
