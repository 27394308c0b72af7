import type { errors as english } from '../en/errors.ts'
import type { Message } from '../en/message.ts'

export const errors: Readonly<Record<keyof typeof english, Message>> = {
  'error.retry': 'Noch einmal versuchen',
  'error.request': 'Anfrage',
  'error.copy_request': 'Kennung der Anfrage kopieren',
  'error.page': 'Die Seite hat einen Fehler. Laden Sie sie neu; bleibt er, sagen Sie es dem Betreiber.',
  'error.no_answer': 'Der Server hat nicht geantwortet. Prüfen Sie das Netz, und versuchen Sie es noch einmal.',
  'error.timed_out': 'Der Server hat zu lange gebraucht. Versuchen Sie es noch einmal.',
  'error.unexpected':
    'Die Antwort war keine dieses Servers. Versuchen Sie es noch einmal, oder sagen Sie es dem Betreiber.',
  'error.credentials_invalid':
    'Das stimmt nicht: prüfen Sie Benutzername, Passwort und Code. Ein Code gilt einmal; warten Sie auf den nächsten.',
  'error.throttled': 'Zu viele Fehlversuche. Versuchen Sie es später noch einmal.',
  'error.throttled.wait': 'Zu viele Fehlversuche. Versuchen Sie es in {time} noch einmal.',
  'error.overloaded.wait': 'Der Server ist beschäftigt. Versuchen Sie es in {time} noch einmal.',
  'error.unavailable': 'Der Server kann das gerade nicht und hat nichts geändert. Versuchen Sie es gleich noch einmal.',
  'error.unavailable.wait':
    'Der Server kann das gerade nicht und hat nichts geändert. Versuchen Sie es in {time} noch einmal.',
  'error.access_denied': 'Ihre Rolle erlaubt das nicht. Fragen Sie den Eigentümer.',
  'error.origin_refused':
    'Der Server lehnt die Herkunft der Seite ab. Öffnen Sie die Konsole unter der Adresse des Servers.',
  'error.not_found': 'Es gibt es nicht mehr, oder Sie dürfen es nicht sehen.',
  'error.login_too_old': 'Dafür braucht es eine frische Anmeldung.',
  'error.own_account': 'Das ist Ihr eigenes Konto: ändern Sie es unter Sicherheit.',
  'error.factors_insufficient': 'Die Regeln verlangen von dieser Rolle mehr Faktoren.',
  'error.too_many_sessions':
    'Es gibt so viele Sitzungen, wie erlaubt sind, und alle werden benutzt. Beenden Sie zuerst eine.',
  'error.too_many_tokens': 'Sie haben so viele persönliche Token, wie erlaubt sind. Widerrufen Sie zuerst eines.',
  'error.username_invalid':
    'Dieser Benutzername ist nicht erlaubt: Buchstaben, Ziffern und ASCII-Zeichen, einzelne Leerzeichen.',
  'error.username_taken': 'Dieser Benutzername, oder einer, der so aussieht, ist vergeben.',
  'error.owner_exists': 'Es gibt schon einen Eigentümer. Übergeben Sie stattdessen das Eigentum.',
  'error.owner_protected':
    'Der Eigentümer kann weder gelöscht noch gesperrt werden noch eine andere Rolle bekommen. Übergeben Sie zuerst das Eigentum.',
  'error.user_disabled': 'Diese Person ist gesperrt. Geben Sie sie zuerst frei.',
  'error.client_name_taken': 'Ein Client dieses Namens ist schon angemeldet.',
  'error.api_identifier_taken': 'Eine API dieser Kennung ist schon angemeldet.',
  'error.api_unknown': 'Diese API oder diesen Scope gibt es nicht.',
  'error.key_numbers_exhausted': 'Alle 255 Nummern von Schlüsseln sind vergeben. Widerrufen Sie zuerst den ältesten.',
  'error.droplet_name_taken': 'Dieser Name ist vergeben.',
  'error.driver_unavailable': 'Die Droplets sind gerade nicht erreichbar. Versuchen Sie es gleich noch einmal.',
  'error.driver_unavailable.wait': 'Die Droplets sind gerade nicht erreichbar. Versuchen Sie es in {time} noch einmal.',
  'error.request_invalid': 'Der Server nimmt das nicht an. Prüfen Sie die Felder.',
  'error.internal': 'Der Server hat einen Fehler. Sagen Sie dem Betreiber die Kennung der Anfrage.',
  'error.password_unacceptable': 'Dieses Passwort ist nicht erlaubt. Wählen Sie ein anderes.',
  'error.password_unacceptable.too_short': 'Dieses Passwort ist zu kurz: 15 Zeichen, mit Authenticator 8.',
  'error.password_unacceptable.too_long': 'Dieses Passwort ist zu lang.',
  'error.password_unacceptable.well_known': 'Dieses Passwort ist bekannt. Wählen Sie eines, das nur Ihres ist.',
  'error.password_unacceptable.equals_username': 'Dieses Passwort ist dem Benutzernamen zu ähnlich.',
  'error.password_unacceptable.sequence': 'Dieses Passwort ist eine Folge. Wählen Sie mehrere Wörter.',
  'error.password_unacceptable.keyboard_walk': 'Dieses Passwort folgt der Tastatur. Wählen Sie mehrere Wörter.',
  'error.password_unacceptable.repeats': 'Dieses Passwort wiederholt sich. Wählen Sie mehrere Wörter.',
  'error.password_unacceptable.unchanged': 'Dieses Passwort wurde für Sie gesetzt. Wählen Sie ein anderes.',
  'error.password_unacceptable.disallowed_character':
    'Dieses Passwort hat ein Zeichen, das nicht angezeigt werden kann.',
}
