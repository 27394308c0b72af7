package javax.annotation;

// Of jakarta.annotation-api, which the generator's JAR does not have. It marks generated sources and does nothing.
public @interface Generated {
  String[] value();

  String comments() default "";

  String date() default "";
}
