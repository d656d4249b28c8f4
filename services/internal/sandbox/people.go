package sandbox

import "strings"

// person is a customer of the demo shop.
type person struct {
	name, email, country string
}

// people are the demo shop's customers.
func people() []person {
	var list []person
	for line := range strings.Lines(strings.TrimSpace(`
Aoife Ní Bhriain|aoife@brambletype.example|IE
Jonas Håkansson|jonas.hakansson@fjallpost.example|SE
佐藤 美咲|misaki.sato@harukaze.example|JP
Mateus de Oliveira|mateus@cafedosul.example|BR
Zoë Vandenbroeck|zoe@papier-peint.example|BE
Amir Haddad|amir.haddad@souqpress.example|KW
Grace Okonkwo|grace.okonkwo@lagosletters.example|NG
李 小龙|xiaolong.li@bluelantern.example|CN
Siobhán O'Dwyer|siobhan.odwyer@harbourmail.example|IE
Łukasz Wójcik|lukasz@warsztat-kawy.example|PL
Priya Raghunathan|priya@monsoonmail.example|IN
Émile Lefèvre|emile.lefevre@atelier-nord.example|FR
김 서연|seoyeon.kim@hanok.example|KR
Freya Sørensen|freya@nordlys.example|DK
Tomás Ó Conaill|tomas@galwaytype.example|IE
Dr. Wilhelmina Alexandra Maximiliane von und zu Hohenstein-Wolkenburg-Rauschenbach, Executor of the Estate of the late Baron Leopold|office@hohenstein-wolkenburg-rauschenbach.example|DE
Nour al-Sabah|nour@diwaniya.example|KW
Hannah Goldberg|hannah@westvillagebooks.example|US
Diego Fernández Ruiz|diego.fernandez@cartaybolsa.example|ES
|anonymous.tea.lover@inbox.example|GB
Yuki Tanaka|yuki@washi-lab.example|JP
Oluwaseun Adeyemi|seun@inkandoak.example|NG
Petra Nováková|petra@prazskakava.example|CZ
Ravi Shankar Iyer|ravi.iyer@filterkaapi.example|IN
Marguerite Dubois|marguerite@lespetitspapiers.example|FR
Ólafur Jónsson|olafur@kaffihus.example|IS
Θεοδώρα Παπαδοπούλου|theodora@kafeneio.example|GR
Sam Whitaker|sam@whitaker-and-daughter.example|US
Chiara Bianchi|chiara@moka-express.example|IT
Linh Nguyễn|linh.nguyen@phin.example|VN
Benedikt Moser|benedikt@alpenpost.example|AT
Ana-Maria Ionescu|anamaria@hartieveche.example|RO
`)) {
		f := strings.Split(strings.TrimSpace(line), "|")
		list = append(list, person{f[0], f[1], f[2]})
	}
	return list
}
