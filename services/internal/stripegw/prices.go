package stripegw

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/stripe/stripe-go/v76"

	"bursar/services"
)

// How prices are looked up: a few by id, side by side; more than that by
// reading the list first, a hundred at a time, because Stripe allows 25
// requests a second in test mode.
const (
	priceWorkers  = 4
	pricesByID    = 12
	pricePages    = 10
	pageSize      = 100
	opPriceLookup = "looking the prices up"
)

// Prices returns the prices with these ids, with their product's name. Ids that
// Stripe does not know are left out.
func (g *Gateway) Prices(ctx context.Context, ids []string) (map[string]services.Price, error) {
	found := make(map[string]services.Price, len(ids))
	missing := make(map[string]bool, len(ids))
	for _, id := range ids {
		missing[id] = id != ""
	}
	delete(missing, "")
	if len(missing) > pricesByID {
		if err := g.pricesFromList(ctx, missing, found); err != nil {
			return nil, err
		}
	}
	if err := g.pricesByID(ctx, missing, found); err != nil {
		return nil, err
	}
	return found, nil
}

// pricesFromList moves what the list holds from missing to found.
func (g *Gateway) pricesFromList(ctx context.Context, missing map[string]bool, found map[string]services.Price) error {
	after := ""
	for range pricePages {
		r := request{op: opPriceLookup, method: http.MethodGet, path: "/v1/prices", params: listParams(pageSize, after)}
		r.params = append(r.params, services.Option{Name: "expand[0]", Value: "data.product"})
		var page stripe.PriceList
		if err := g.call(ctx, r, &page); err != nil {
			return err
		}
		if page.Data == nil {
			return g.unreadable(r, page.LastResponse)
		}
		for _, p := range page.Data {
			if missing[p.ID] {
				delete(missing, p.ID)
				found[p.ID] = priceOf(p)
			}
			after = p.ID
		}
		if len(missing) == 0 || !page.HasMore || len(page.Data) == 0 {
			return nil
		}
	}
	return nil
}

// pricesByID asks for each missing price, a few at once. The first failure
// stops the others.
func (g *Gateway) pricesByID(ctx context.Context, missing map[string]bool, found map[string]services.Price) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ids := make(chan string, len(missing))
	for id := range missing {
		ids <- id
	}
	close(ids)
	var mu sync.Mutex
	var first error
	var workers sync.WaitGroup
	for range min(priceWorkers, len(missing)) {
		workers.Go(func() {
			for id := range ids {
				p, err := g.price(ctx, id)
				mu.Lock()
				switch {
				case err == nil:
					found[id] = p
				case services.CodeOf(err) != services.CodeNotFound && first == nil:
					first = err
					cancel()
				}
				mu.Unlock()
				if ctx.Err() != nil {
					return
				}
			}
		})
	}
	workers.Wait()
	return first
}

func (g *Gateway) price(ctx context.Context, id string) (services.Price, error) {
	path, err := pathTo(opPriceLookup, "/v1/prices/%s", id)
	if err != nil {
		return services.Price{}, err
	}
	r := request{op: opPriceLookup, method: http.MethodGet, path: path, params: []services.Option{{Name: "expand[0]", Value: "product"}}}
	var p stripe.Price
	if err := g.call(ctx, r, &p); err != nil {
		return services.Price{}, err
	}
	if p.ID == "" {
		return services.Price{}, g.unreadable(r, p.LastResponse)
	}
	return priceOf(&p), nil
}

// pathTo puts an id into a path. An id that would make another path of it is
// one that Stripe cannot know.
func pathTo(op, format, id string) (string, error) {
	if strings.Trim(id, ".") == "" || id == "search" {
		return "", &services.Error{Code: services.CodeNotFound, Op: op, Message: fmt.Sprintf("%q is not the id of anything at Stripe.", services.Clean(id)),
			Next: "Copy the id from Stripe."}
	}
	return stripe.FormatURLPath(format, id), nil
}

// listParams are the parameters of one page of a list.
func listParams(limit int, after string) []services.Option {
	params := []services.Option{{Name: "limit", Value: strconv.Itoa(limit)}}
	if after != "" {
		params = append(params, services.Option{Name: "starting_after", Value: after})
	}
	return params
}
