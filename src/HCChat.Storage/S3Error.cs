namespace HCChat.Storage;

/// <summary>A request that is refused, with S3's own code ("Error responses" in the Amazon S3 API reference), so that its clients understand it.</summary>
internal sealed class S3Error(int status, string code, string message) : Exception(message)
{
    /// <summary>The HTTP status.</summary>
    public int Status => status;

    /// <summary>S3's code.</summary>
    public string Code => code;

    /// <summary>What there is instead of a range that was asked for (RFC 9110 §15.5.17).</summary>
    public string? ContentRange { get; private init; }

    public static S3Error AccessDenied(string message) => new(403, "AccessDenied", message);

    public static S3Error SignatureMismatch() =>
        new(403, "SignatureDoesNotMatch", "The signature is not that of this request.");

    public static S3Error UnknownKey() => new(403, "InvalidAccessKeyId", "There is no such access key.");

    public static S3Error Skewed() =>
        new(403, "RequestTimeTooSkewed", "The request's time is more than 15 minutes from the server's.");

    public static S3Error BadAuthorization(string message) => new(400, "AuthorizationHeaderMalformed", message);

    public static S3Error BadQuery(string message) => new(400, "AuthorizationQueryParametersError", message);

    public static S3Error Invalid(string message) => new(400, "InvalidArgument", message);

    public static S3Error NoBucket() => new(404, "NoSuchBucket", "There is no such bucket.");

    public static S3Error NoKey() => new(404, "NoSuchKey", "There is no such object.");

    public static S3Error NoUpload() =>
        new(404, "NoSuchUpload", "There is no such upload: it may have been completed or aborted.");

    public static S3Error BadPart(string message) => new(400, "InvalidPart", message);

    public static S3Error PartOrder() => new(400, "InvalidPartOrder", "Parts are listed in ascending order.");

    public static S3Error PartTooSmall() => new(400, "EntityTooSmall", "Each part but the last has at least 5 MiB.");

    public static S3Error TooLarge() => new(400, "EntityTooLarge", "One request carries at most 5 GiB.");

    public static S3Error TooLargeForAddress() =>
        new(400, "EntityTooLarge", "One request by an address that was given out carries at most 64 MiB.");

    public static S3Error TooSlow() => new(400, "RequestTimeout", "The body took too long to arrive.");

    public static S3Error BadRange(long size) =>
        new(416, "InvalidRange", "The range lies outside the object.") { ContentRange = $"bytes */{size}" };

    public static S3Error BadDigest() => new(400, "BadDigest", "What arrived is not what its checksum says.");

    public static S3Error BadPayloadHash() =>
        new(400, "XAmzContentSHA256Mismatch", "What arrived is not what x-amz-content-sha256 says.");

    public static S3Error Incomplete() =>
        new(400, "IncompleteBody", "The body is shorter or longer than was declared.");

    public static S3Error NoLength() => new(411, "MissingContentLength", "The length of the body must be declared.");

    public static S3Error NotBuilt(string message) => new(501, "NotImplemented", message);

    public static S3Error BadMethod() => new(405, "MethodNotAllowed", "This cannot be done here.");

    public static S3Error BadXml() => new(400, "MalformedXML", "The body is not the XML that is expected here.");

    public static S3Error Precondition() => new(412, "PreconditionFailed", "A condition of the request is not met.");

    public static S3Error NotNow() => new(503, "ServiceUnavailable", "This cannot be done now; try again.");

    public static S3Error Full() => new(507, "InsufficientStorage", "The disk is full.");
}
