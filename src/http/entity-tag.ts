// Entity tags: whether a client has the present answer already (RFC 9110 §13.1.2).

/** Whether a header `If-None-Match` names the tag. Tags are compared weakly (RFC 9110 §8.8.3.2). */
export const namesTag = (ifNoneMatch: string | undefined, tag: string): boolean => {
  const opaque = tag.replace(/^W\//, '');
  return (
    ifNoneMatch?.split(',').some((one) => {
      const named = one.trim();
      return named === '*' || named.replace(/^W\//, '') === opaque;
    }) === true
  );
};
