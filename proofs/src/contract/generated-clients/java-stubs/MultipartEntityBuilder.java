package org.apache.http.entity.mime;

// Of httpmime, which the generator's JAR does not have. Generated sources import it; no operation of the contract is multipart.
public final class MultipartEntityBuilder {}
