package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bursar/services"
)

func (s *session) checkoutCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "checkout", Short: "Sell: make a Checkout Session and wait for its payment", Args: cobra.NoArgs, RunE: needsSubcommand}
	cmd.AddCommand(s.checkoutCreate(), s.checkoutCheck(), s.checkoutExpire(), s.checkoutList())
	return cmd
}

// checkoutFlags are what checkout create is told.
type checkoutFlags struct {
	items, options        []string
	customer, mode        string
	open, qr, print, wait bool
}

func (s *session) checkoutCreate() *cobra.Command {
	var f checkoutFlags
	cmd := &cobra.Command{
		Use: "create", Short: "Make a Checkout Session", Args: cobra.NoArgs,
		Long: "Makes a Checkout Session and prints its address.\n\n" +
			"--open opens it in the browser, --qr draws it as a QR code, --wait waits until the\n" +
			"outcome is known and prints the receipt: exit code 0 completed, 6 incomplete\n" +
			"(cancelled or expired), 7 pending or unknown.",
		Example: "  bursar checkout create --item price_1Hx:2 --customer cus_9s6 --open --wait\n" +
			"  bursar checkout create --item price_1Hx --option allow_promotion_codes=true",
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.items, "item", nil, "a price and how many of it, price_…[:N]; may be repeated")
	flags.StringArrayVar(&f.options, "option", nil, "any Stripe parameter, name=value; may be repeated")
	flags.StringVar(&f.customer, "customer", "", "the customer, cus_…")
	flags.StringVar(&f.mode, "mode", "", "payment, subscription or setup; decided by the items when not given")
	flags.BoolVar(&f.open, "open", false, "open the page in the browser")
	flags.BoolVar(&f.qr, "qr", false, "draw the address as a QR code")
	flags.BoolVar(&f.print, "print", false, "only print the address")
	flags.BoolVar(&f.wait, "wait", false, "wait for the outcome and print the receipt")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		r, err := f.request()
		if err != nil {
			return err
		}
		if f.wait {
			return s.sellAndWait(cmd.Context(), r, f)
		}
		return s.withDesk(cmd.Context(), func(ctx context.Context, d *services.Desk) error {
			session, err := d.Checkout.Create(ctx, r)
			if err != nil {
				return err
			}
			if err := s.handOver(ctx, d, session, f); err != nil {
				return err
			}
			return s.print(session, func() error { return s.showSession(session, f.print) })
		})
	}
	return cmd
}

func (f checkoutFlags) request() (services.CheckoutRequest, error) {
	r := services.CheckoutRequest{Customer: f.customer, Mode: services.CheckoutMode(f.mode)}
	for _, text := range f.items {
		price, count, counted := strings.Cut(text, ":")
		item := services.Item{Price: price, Quantity: 1}
		if counted {
			n, err := strconv.ParseInt(count, 10, 64)
			if err != nil || n < 1 {
				return r, services.Invalid("item", fmt.Sprintf("%q is not a quantity.", services.Clean(count)), "Write --item price_…:2 for two.")
			}
			item.Quantity = n
		}
		r.Items = append(r.Items, item)
	}
	for _, text := range f.options {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return r, services.Invalid("option", fmt.Sprintf("%q is not name=value.", services.Clean(text)), "Write --option locale=de.")
		}
		r.Options = append(r.Options, services.Option{Name: name, Value: value})
	}
	if len(r.Items) == 0 && len(r.Options) == 0 {
		return r, services.Invalid("item", "Nothing to sell was given.", "Name at least one --item price_….")
	}
	return r, nil
}

// handOver brings the page to the person as the flags ask.
func (s *session) handOver(ctx context.Context, d *services.Desk, session services.Session, f checkoutFlags) error {
	if f.qr && session.URL != "" {
		code, short, err := d.Links.QR(session.URL)
		if err != nil {
			return err
		}
		s.drawQR(code)
		s.notice(short)
	}
	if !f.open || session.URL == "" {
		return nil
	}
	if ok, why := d.Links.CanOpen(); !ok {
		s.notice("No browser here (" + why + "): open the address yourself: " + session.URL)
		return nil
	}
	if err := d.Links.Open(ctx, session.URL); err != nil {
		s.notice(present(err).Message + " Open the address yourself: " + session.URL)
	}
	return nil
}

func (s *session) showSession(v services.Session, onlyURL bool) error {
	if onlyURL {
		_, err := fmt.Fprintln(s.Stdout, v.URL)
		return err
	}
	return s.facts([][2]string{
		{"session", v.ID}, {"mode", string(v.Mode)}, {"total", v.Total.String()}, {"items", v.Summary},
		{"customer", v.Customer}, {"expires", v.ExpiresAt.Format(time.RFC3339)}, {"address", v.URL},
	})
}

// sellAndWait is the main job without an interface: it makes the session, waits
// for the outcome and prints the receipt.
func (s *session) sellAndWait(ctx context.Context, r services.CheckoutRequest, f checkoutFlags) error {
	return s.withLiveDesk(ctx, func(ctx context.Context, d *services.Desk) error {
		session, err := d.Checkout.Create(ctx, r)
		if err != nil {
			return err
		}
		s.notice("Session " + session.ID + ", " + session.Total.String())
		s.notice("Pay at " + session.URL)
		if err := s.handOver(ctx, d, session, f); err != nil {
			return err
		}
		watching, stop := context.WithCancel(ctx)
		returned := buyerReturned(watching, d, session.ID)
		defer func() { stop(); <-returned }()
		s.notice("Waiting for the payment until " + session.ExpiresAt.Format("15:04") + " (ctrl+c leaves the page open)")
		receipt, err := d.Checkout.Await(ctx, session.ID, s.tellProgress())
		if err != nil {
			return stillOpen(err, session)
		}
		if receipt.Outcome == services.OutcomeCompleted {
			defer lingerFor(ctx, returned)
		}
		return s.showReceipt(receipt)
	})
}

// tellProgress says each decline once.
func (s *session) tellProgress() func(services.Receipt) {
	last := ""
	return func(r services.Receipt) {
		if r.Declined != "" && r.Declined != last {
			s.notice("Declined: " + r.Declined + " The page lets them try again.")
		}
		last = r.Declined
	}
}

// stillOpen says how to find out about a session whose wait ended early.
func stillOpen(err error, session services.Session) error {
	e := *services.AsError(err)
	if e.Code == services.CodePending || e.Code == services.CodeUnavailable || e.Code == services.CodeInternal {
		e.Code = services.CodePending
		e.Next = "Check it with bursar checkout check " + session.ID + ", or close it with bursar checkout expire " + session.ID + ". Do not ask for the payment twice."
	}
	return &e
}

// showReceipt prints a receipt; an outcome other than completed is an error, so
// that the exit code tells it.
func (s *session) showReceipt(r services.Receipt) error {
	fee := ""
	if r.Fee != nil {
		fee = r.Fee.String()
	}
	paid := ""
	if r.Outcome == services.OutcomeCompleted {
		paid = r.Amount.String()
	}
	err := s.print(r, func() error {
		return s.facts([][2]string{
			{"outcome", string(r.Outcome)}, {"paid", paid}, {"fee", fee}, {"card", r.Card}, {"items", r.Session.Summary},
			{"session", r.Session.ID}, {"payment intent", r.PaymentIntent}, {"charge", r.Charge},
			{"subscription", r.Subscription}, {"invoice", r.Invoice}, {"customer", r.Session.Customer},
			{"declined", r.Declined}, {"receipt", r.ReceiptURL},
		})
	})
	if err != nil {
		return err
	}
	switch r.Outcome {
	case services.OutcomeCompleted:
		return nil
	case services.OutcomeIncomplete:
		return &services.Error{Code: services.CodeIncomplete, Message: "The checkout was not completed: no money moved."}
	case services.OutcomeOpen:
		return &services.Error{Code: services.CodePending, Message: "The page is still open: it can be paid until " + r.Session.ExpiresAt.Format("15:04 on 2006-01-02") + ".",
			Next: "Check again later, or close it with bursar checkout expire " + r.Session.ID + "."}
	}
	return &services.Error{Code: services.CodePending, Message: "The payment is not decided yet: it may still succeed.",
		Next: "Check again with bursar checkout check " + r.Session.ID + ". Do not ask for the payment twice."}
}

func (s *session) checkoutCheck() *cobra.Command {
	return &cobra.Command{
		Use: "check SESSION", Short: "Read a session's outcome back from Stripe", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.withDesk(cmd.Context(), func(ctx context.Context, d *services.Desk) error {
				r, err := d.Checkout.Check(ctx, args[0])
				if err != nil {
					return err
				}
				return s.showReceipt(r)
			})
		},
	}
}

func (s *session) checkoutExpire() *cobra.Command {
	return &cobra.Command{
		Use: "expire SESSION", Short: "Close an open session, so that nobody can pay it later", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.withDesk(cmd.Context(), func(ctx context.Context, d *services.Desk) error {
				r, err := d.Checkout.Expire(ctx, args[0])
				if err != nil {
					return err
				}
				if r.Outcome == services.OutcomeIncomplete {
					return s.print(r, func() error { _, err := fmt.Fprintln(s.Stdout, "Expired:", r.Session.ID); return err })
				}
				return s.showReceipt(r)
			})
		},
	}
}

func (s *session) checkoutList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the sessions made here whose outcome is not known", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.withDesk(cmd.Context(), func(ctx context.Context, d *services.Desk) error {
				open, err := d.Checkout.Unsettled(ctx)
				if err != nil {
					return err
				}
				if open == nil {
					open = []services.Session{}
				}
				return s.print(open, func() error {
					rows := make([][]string, 0, len(open))
					for _, v := range open {
						rows = append(rows, []string{v.Created.Format("2006-01-02 15:04"), v.Total.String(), v.Customer, v.ID})
					}
					return s.table([]string{"CREATED", "TOTAL", "CUSTOMER", "SESSION"}, rows)
				})
			})
		},
	}
}
