namespace HCChat.Storage;

/// <summary>Headers on which it depends whether something is done, and how: those that are not understood are refused, for whoever sends them relies on them.</summary>
internal static class Conditions
{
    /// <summary>Refuses what cannot be kept to.</summary>
    /// <exception cref="S3Error">Something is asked for that is not built.</exception>
    public static void CheckUnderstood(HttpRequest request, RequestTarget target)
    {
        var headers = request.Headers;
        var names = headers.Keys.Concat(target.Query.Keys).ToList();
        var reads = request.Method is "GET" or "HEAD";
        var mayBeNew = request.Method is "PUT" or "POST" && OnlyNew(request);
        var isConditional = !reads && (headers.IfMatch.Count > 0 || (headers.IfNoneMatch.Count > 0 && !mayBeNew));
        if (isConditional || names.Exists(n => n.StartsWith("x-amz-if-match", StringComparison.OrdinalIgnoreCase)))
        {
            throw S3Error.NotBuilt("Of conditions for writing only If-None-Match: * is understood.");
        }
        if (names.Exists(n => n.StartsWith("x-amz-server-side-encryption", StringComparison.OrdinalIgnoreCase)))
        {
            throw S3Error.NotBuilt("Nothing is encrypted here: it is to come encrypted.");
        }
    }

    /// <summary>Whether something may be made only where nothing is.</summary>
    public static bool OnlyNew(HttpRequest request) => request.Headers.IfNoneMatch == "*";
}
