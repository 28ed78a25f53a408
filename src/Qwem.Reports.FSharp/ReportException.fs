namespace Qwem.Reports

/// A report that cannot be rendered or written; the message is one sentence that names the culprit and the remedy.
type ReportException(message: string, inner: exn | null) =
    inherit System.Exception(message, inner)
    new(message: string) = ReportException(message, null)
