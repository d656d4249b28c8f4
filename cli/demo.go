package cli

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bursar/services"
	"bursar/services/app"
)

func (s *session) demoCommand() *cobra.Command {
	var fresh bool
	cmd := &cobra.Command{
		Use: "demo", Short: "Open the interface on the sandbox, a small shop with its history", Args: cobra.NoArgs,
		Long: "Opens the interface on the sandbox: an embedded Stripe-compatible server with a\n" +
			"small shop in it. No key, no account, no network.\n\n" +
			"Without a terminal it plays a whole sale as text.",
	}
	cmd.Flags().BoolVar(&fresh, "fresh", false, "start over with a new shop")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if fresh {
			desks, _, err := s.desks()
			if err != nil {
				return err
			}
			if err := desks.FreshSandbox(cmd.Context()); err != nil {
				return err
			}
		}
		if s.interactive() && !s.flags.json {
			return s.openInterface(cmd.Context(), services.SandboxProfile)
		}
		return s.playDemo(cmd.Context())
	}
	return cmd
}

// testCard is Stripe's card that always succeeds.
const testCard = "4242 4242 4242 4242"

// playDemo sells something as text: every step is a real call, and the payment
// goes through the hosted page's own form.
func (s *session) playDemo(ctx context.Context) error {
	desks, _, err := s.desks()
	if err != nil {
		return err
	}
	ctx, cancel := s.limit(ctx, 2*time.Minute)
	defer cancel()
	d, notice, err := desks.Open(ctx, services.SandboxProfile, app.Interface)
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // every step was durable when it was answered
	s.notice(notice)
	lines, err := s.demoCart(ctx, d)
	if err != nil {
		return err
	}
	customer, created, err := d.Customers.Create(ctx, services.NewCustomer{Email: "ada@example.com", Name: "Ada Example"})
	if err != nil {
		return err
	}
	s.step("Customer %s (%s), %s", customer.Label(), customer.ID, map[bool]string{true: "new", false: "known already"}[created])
	receipt, err := s.demoSale(ctx, d, lines, customer)
	if err != nil {
		return err
	}
	if !s.flags.json {
		fmt.Fprintln(s.Stdout)
	}
	if err := s.showReceipt(receipt); err != nil || s.flags.json {
		return err
	}
	if _, err := d.Logs.Sync(ctx); err != nil {
		return err
	}
	page, err := d.Customers.Logs(ctx, services.LogQuery{Customer: customer.ID, Limit: new(10)})
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Stdout, "\nLog of %s, newest first:\n", customer.Label())
	_, err = (&eventTable{out: bufio.NewWriter(s.Stdout)}).write(page.Events)
	return err
}

// demoCart fills a cart with the first three one-off products of one currency.
func (s *session) demoCart(ctx context.Context, d *services.Desk) ([]services.Line, error) {
	rows, err := d.Products.Get(ctx)
	if err != nil {
		return nil, err
	}
	if rows, err = d.Products.Check(ctx, rows); err != nil {
		return nil, err
	}
	s.step("Catalogue: %d products", len(rows))
	var lines []services.Line
	for _, p := range rows {
		if len(lines) == 3 || !p.Sellable() || p.Offer.Recurring != nil {
			continue
		}
		if len(lines) > 0 && lines[0].Price.Unit.Currency != p.Offer.Unit.Currency {
			continue
		}
		line := services.Line{Price: *p.Offer, Name: p.Name, Quantity: int64(len(lines)%2 + 1)}
		s.step("Cart: %d × %s at %s", line.Quantity, line.Name, line.Price.Label())
		lines = append(lines, line)
	}
	return lines, nil
}

// demoSale makes the session, pays it as a buyer would, and waits for the
// outcome as a seller does.
func (s *session) demoSale(ctx context.Context, d *services.Desk, lines []services.Line, customer services.Customer) (services.Receipt, error) {
	r := services.CheckoutRequest{Customer: customer.ID}
	for _, l := range lines {
		r.Items = append(r.Items, services.Item{Price: l.Price.ID, Quantity: l.Quantity})
	}
	session, err := d.Checkout.Create(ctx, r)
	if err != nil {
		return services.Receipt{}, err
	}
	s.step("Session %s, %s due", session.ID, session.Total)
	s.step("Page %s", session.URL)
	s.step("Paying there with %s", testCard)
	if err := payOnPage(ctx, session.URL, strings.ReplaceAll(testCard, " ", "")); err != nil {
		return services.Receipt{}, err
	}
	return d.Checkout.Await(ctx, session.ID, s.tellProgress())
}

// step prints one step of the demo, unless JSON was asked for.
func (s *session) step(format string, args ...any) {
	if !s.flags.json {
		fmt.Fprintln(s.Stdout, services.Clean(fmt.Sprintf(format, args...)))
	}
}
