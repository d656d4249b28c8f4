package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"bursar/services"
)

func (s *session) customersCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "customers", Short: "Find customers and make them", Args: cobra.NoArgs, RunE: needsSubcommand}
	cmd.AddCommand(s.customersCreate(), s.customersGet(), s.customersSearch())
	return cmd
}

func (s *session) customersCreate() *cobra.Command {
	var n services.NewCustomer
	cmd := &cobra.Command{
		Use: "create EMAIL", Short: "Make a customer, or return the one with this email", Args: cobra.ExactArgs(1),
	}
	cmd.Flags().StringVar(&n.Name, "name", "", "the customer's name")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		n.Email = args[0]
		return s.withDesk(cmd.Context(), func(ctx context.Context, d *services.Desk) error {
			c, created, err := d.Customers.Create(ctx, n)
			if err != nil {
				return err
			}
			type result struct {
				services.Customer
				New bool `json:"new"`
			}
			return s.print(result{c, created}, func() error {
				if created {
					s.notice("Made a new customer.")
				} else {
					s.notice("This customer existed already.")
				}
				return s.showCustomer(c)
			})
		})
	}
	return cmd
}

func (s *session) customersGet() *cobra.Command {
	return &cobra.Command{
		Use: "get CUSTOMER", Short: "Show one customer and their subscriptions", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.withDesk(cmd.Context(), func(ctx context.Context, d *services.Desk) error {
				c, err := d.Customers.Get(ctx, args[0])
				if err != nil {
					return err
				}
				subs, err := d.Customers.Subscriptions(ctx, c.ID)
				if err != nil {
					return err
				}
				type result struct {
					services.Customer
					Subscriptions []services.Subscription `json:"subscriptions"`
				}
				return s.print(result{c, subs}, func() error {
					if err := s.showCustomer(c); err != nil {
						return err
					}
					for _, sub := range subs {
						if _, err := fmt.Fprintln(s.Stdout, subscriptionLine(sub)); err != nil {
							return err
						}
					}
					return nil
				})
			})
		},
	}
}

func subscriptionLine(sub services.Subscription) string {
	line := "subscription  " + sub.ID + "  " + sub.Status
	for _, item := range sub.Items {
		line += "  " + item
	}
	switch {
	case sub.CancelAtPeriodEnd:
		line += "  ends " + sub.CurrentPeriodEnd.Format("2006-01-02")
	case sub.Status == "active" || sub.Status == "trialing":
		line += "  renews " + sub.CurrentPeriodEnd.Format("2006-01-02")
	}
	return line
}

func (s *session) customersSearch() *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use: "search [TEXT]", Aliases: []string{"list"}, Short: "Find customers by part of a name or an email; without text, the newest",
		Args: cobra.MaximumNArgs(1),
	}
	cmd.Flags().IntVar(&limit, "limit", 20, "customers at most")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		text := ""
		if len(args) > 0 {
			text = args[0]
		}
		return s.withDesk(cmd.Context(), func(ctx context.Context, d *services.Desk) error {
			found, more, err := d.Customers.Search(ctx, text, limit)
			if err != nil {
				return err
			}
			type result struct {
				Data []services.Customer `json:"data"`
				More bool                `json:"has_more"`
			}
			if found == nil {
				found = []services.Customer{}
			}
			return s.print(result{found, more}, func() error {
				rows := make([][]string, 0, len(found))
				for _, c := range found {
					rows = append(rows, []string{c.ID, c.Created.Format("2006-01-02"), c.Email, c.Name})
				}
				if err := s.table([]string{"CUSTOMER", "SINCE", "EMAIL", "NAME"}, rows); err != nil {
					return err
				}
				if more {
					s.notice("There are more; use --limit or a longer text.")
				}
				return nil
			})
		})
	}
	return cmd
}

func (s *session) showCustomer(c services.Customer) error {
	state := ""
	switch {
	case c.Deleted:
		state = "deleted"
	case c.Delinquent:
		state = "delinquent: a payment is overdue"
	}
	return s.facts([][2]string{
		{"customer", c.ID}, {"name", c.Name}, {"email", c.Email}, {"phone", c.Phone}, {"country", c.Country},
		{"since", c.Created.Format("2006-01-02")}, {"card", c.Card}, {"state", state}, {"note", c.Description},
	})
}
